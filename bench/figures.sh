# SPDX-License-Identifier: MIT
# Figures of measurements on the board, for those who write pages of them. The file "$figures" has lines NAME FIGURE
# VALUE; NAME is c or ours, and each round adds a line.
# shellcheck shell=bash disable=SC2154

# measure_on_board GUEST-SCRIPT [ARGUMENT…] [-- BOARD-OPTION…]: runs bench/GUEST-SCRIPT and adds what it prints to
# $figures. Lines that begin with # tell how far it is.
measure_on_board() {
  local script=$1 arguments=() log
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do arguments+=("$1"); shift; done
  if [ $# -gt 0 ]; then shift; fi
  log=$(mktemp)
  board/board exec --supplicant none --init plain "$@" "bash -s ${arguments[*]} <<'SCRIPT'
$(cat bench/guest.sh "bench/$script")
SCRIPT" 2>"$log" | tee -a "$figures" | sed -un 's/^# //p' >&2 \
    || die "the board ended early; it said last: $(tail -n 5 "$figures") $(tail -n 20 "$log")"
  rm -f "$log"
}

values() { awk -v name="$1" -v figure="$2" '$1 == name && $2 == figure { print $3 }' "$figures"; }

# The middle one of the numbers on standard input, or nothing.
middle() { sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'; }

median() { values "$1" "$2" | middle; }

# Median, least and greatest of the rounds.
spread() {
  values "$1" "$2" | sort -n \
    | awk '{ v[NR] = $1 } END { if (NR == 0) exit 1; printf "%s (%s–%s)", v[int((NR + 1) / 2)], v[1], v[NR] }'
}

# ratios FIGURE [OURS [C]]: ours over the C daemon's, round by round: both ran one after the other.
ratios() {
  awk -v figure="$1" -v ours="${2:-ours}" -v c="${3:-c}" '
    $2 == figure { n[$1]++; v[$1, n[$1]] = $3 }
    END {
      for (i = 1; i <= n[c] && i <= n[ours]; i++) if (v[c, i] > 0) printf "%.2f\n", v[ours, i] / v[c, i]
    }' "$figures"
}

# The same as text, with the least and the greatest.
ratio() {
  ratios "$@" | sort -n \
    | awk '
      { v[NR] = $1 }
      END { if (NR == 0) print "–"; else printf "%.2f (%.2f–%.2f)", v[int((NR + 1) / 2)], v[1], v[NR] }'
}

# quantile NAME FIGURE SHARE: of the calls of all rounds.
quantile() {
  values "$1" "$2" | sort -n | awk -v share="$3" '
    { v[NR] = $1 }
    END { if (NR == 0) exit 1; i = int(share * NR); if (i < share * NR) i++; print v[i] }'
}

disk() { awk -v figure="$1" '$1 == "disk" && $2 == figure { printf "%s%s", sep, $3; sep = ", " }' "$figures"; }

# row TEXT FIGURE: a line of a table.
row() {
  local c ours
  c=$(spread c "$2") && ours=$(spread ours "$2") || die "the board gave no figure $2: $(tail -n 5 "$figures")"
  printf '| %s | %s | %s | %s |\n' "$1" "$c" "$ours" "$(ratio "$2")"
}
