# SPDX-License-Identifier: MIT
# Packages of other Debian suites and architectures, without touching the machine's own apt state.
# The mirror, its signature key and the transfer settings (proxies) are those of the machine. Sourced by packages.sh; not
# part of any step's key, because it decides how packages come, not which.
# shellcheck shell=bash

shopt -s inherit_errexit

stop() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Prints "type <TAB> options <TAB> URI <TAB> suites <TAB> components" for each source the machine's apt reads,
# of one-line files (sources.list(5)) and of deb822 files alike.
machine_sources() {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -f $file ]] || continue
    sed -E -n 's/[[:space:]]*#.*//; s/^[[:space:]]*(deb)[[:space:]]+(\[([^]]*)\][[:space:]]+)?([^[:space:]]+)[[:space:]]+([^[:space:]]+)[[:space:]]+(.*)$/\1\t\3\t\4\t\5\t\6/p' "$file"
  done
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -f $file ]] || continue
    awk '
      function entry(   n, i, uri) {
        if (field["types"] ~ /(^| )deb( |$)/ && tolower(field["enabled"]) !~ /^(no|false|0)$/) {
          n = split(field["uris"], uri, " ")
          for (i = 1; i <= n; i++) {
            print "deb\tsigned-by=" field["signed-by"] "\t" uri[i] "\t" field["suites"] "\t" field["components"]
          }
        }
        split("", field)
        name = ""
      }
      /^#/ { next }
      /^[[:space:]]*$/ { entry(); next }
      /^[[:space:]]/ { value = $0 }
      /^[^[:space:]]/ { name = tolower($0); sub(/:.*/, "", name); value = $0; sub(/^[^:]*:/, "", value) }
      { gsub(/^[[:space:]]+|[[:space:]]+$/, "", value); field[name] = field[name] (field[name] == "" ? "" : " ") value }
      END { entry() }' "$file"
  done
}

# Prints the "[options] URI" part of a sources.list line: the mirror the machine itself uses for its own release.
debian_mirror() {
  local codename alias options uri suites components word key=''
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  while IFS=$'\x1f' read -r _ options uri suites components; do
    [[ $uri != cdrom:* && " $components " == *' main '* ]] || continue
    for alias in "$codename" stable oldstable testing unstable; do
      [[ -n $alias && " $suites " == *" $alias "* ]] || continue
      for word in $options; do
        # A key that the entry carries in itself ("-----BEGIN") cannot be named on one line; apt's trusted keys then serve.
        if [[ $word == signed-by=/* ]]; then
          key="[$word] "
        fi
      done
      printf '%s%s' "$key" "$uri"
      return
    done
  done < <(machine_sources | tr '\t' '\037')
  stop "The machine's apt configuration names no Debian mirror for its own release ($codename); add one to /etc/apt."
}

# The machine's transfer settings: proxies, retries, checks of dates. Lists of index targets are apt's own business.
transfer_settings() {
  apt-config dump | grep -E '^Acquire::(http|https|ftp|tor|socks|Retries|Check-|Max-|Proxy|ForceIPv|ForceHash|By-Hash|Queue)' || true
}

# source_line TYPE SUITE: a sources.list line; TYPE is deb or deb-src.
source_line() {
  local mirror
  mirror=$(debian_mirror)
  printf '%s %s %s main\n' "$1" "$mirror" "$2"
}

# apt_of SUITE ARCHITECTURE COMMAND...: runs apt-get, apt-cache or apt-config on a package index of its own.
apt_of() {
  local suite=$1 architecture=$2 state=$CACHE/apt/$1-$2
  shift 2
  mkdir -p "$state/lists/partial" "$state/archives/partial"
  (
    # Two steps may want the same index. The lock ends before the command does, so what the other's command reads is
    # replaced and never emptied.
    exec {index}>"$state/lock"
    flock "$index"
    {
      source_line deb "$suite"
      source_line deb-src "$suite"
    } >"$state/sources.list.new"
    mv "$state/sources.list.new" "$state/sources.list"
    [[ -e $state/status ]] || : >"$state/status"
    {
      transfer_settings
      printf 'Dir::State "%s";\nDir::State::status "%s/status";\nDir::Cache "%s";\n' "$state" "$state" "$state"
      printf 'Dir::Etc::%s "/dev/null";\n' main parts sourceparts preferences preferencesparts
      printf 'Dir::Etc::sourcelist "%s/sources.list";\n' "$state"
      printf 'APT::Architecture "%s";\nAPT::Architectures { "%s"; };\n' "$architecture" "$architecture"
      # Compressed indexes and no copy of the index of sources: a fifth of the space.
      printf 'Dir::Cache::srcpkgcache "";\n'
      printf 'APT::Sandbox::User "root";\nAcquire::Languages "none";\nAcquire::GzipIndexes "true";\nDpkg::Use-Pty "false";\n'
    } >"$state/apt.conf.new"
    mv "$state/apt.conf.new" "$state/apt.conf"
    export APT_CONFIG=$state/apt.conf
    # A day-old index is good enough; an older one may name packages that the mirror no longer has.
    if [[ -z $(find "$state/updated" -mmin -1440 2>/dev/null) ]]; then
      apt-get --error-on=any update
      touch "$state/updated"
    fi
    exec {index}>&-
    exec "$@"
  )
}
