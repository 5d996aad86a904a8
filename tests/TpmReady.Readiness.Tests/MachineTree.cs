// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.IO;
using System.Text;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;

namespace TpmReady.Readiness.Tests;

/// <summary>
/// A machine's files, made from text. A manifest has a line an entry: <c>path/</c> is a directory, <c>path ->
/// target</c> a link, <c>path = text</c> a file (with \n, \0 and \xHH), <c>path ! text</c> one that can be executed,
/// <c>path -</c> removes it, <c>include NAME</c> another manifest, # a comment. What is made is private to its owner.
/// </summary>
internal sealed class MachineTree : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public MachineTree(string manifest)
    {
        Root = Directory.CreateTempSubdirectory("tpmready-machine-").FullName;
        Add(manifest);
    }

    public string Root { get; }

    /// <summary>The manifest of that name in Machines, plus the lines of a test.</summary>
    public static MachineTree Load(string name, string more = "")
    {
        MachineTree tree = new(Read(name));
        tree.Add(more);
        return tree;
    }

    /// <summary>The folder of the manifests.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Machines");

    public MachineFacts ReadFacts(FactScope scope = FactScope.Holders)
    {
        using FactTree tree = new(Root);
        return FactReader.Read(tree, MachineContext.Read(tree, static _ => null), scope);
    }

    public Decision Decide(ProbeOutcome? probe = null) => Readiness.Decisions.Decide.About(ReadFacts(), probe);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public void Add(string manifest)
    {
        foreach (string line in manifest.Split('\n'))
        {
            string text = line.TrimEnd();
            if (text.Length > 0 && text[0] != '#')
            {
                AddEntry(text);
            }
        }
    }

    private static string Read(string name) => File.ReadAllText(Path.Combine(Folder, name + ".tree"));

    private void AddEntry(string text)
    {
        int link = text.IndexOf(" -> ", StringComparison.Ordinal);
        int file = text.IndexOf(" = ", StringComparison.Ordinal);
        int program = text.IndexOf(" ! ", StringComparison.Ordinal);
        if (text.StartsWith("include ", StringComparison.Ordinal))
        {
            Add(Read(text["include ".Length..]));
        }
        else if (text.EndsWith('/'))
        {
            Directory.CreateDirectory(Path.Combine(Root, text), Private);
        }
        else if (text.EndsWith(" -", StringComparison.Ordinal))
        {
            string path = Path.Combine(Root, text[..^2]);
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }
        }
        else if (program > 0)
        {
            string path = Make(text[..program]);
            File.WriteAllBytes(path, Unescape(text[(program + 3)..]));
            File.SetUnixFileMode(path, Private);
        }
        else if (link > 0 && (file < 0 || link < file))
        {
            string path = Make(text[..link]);
            File.Delete(path);
            File.CreateSymbolicLink(path, text[(link + 4)..]);
        }
        else
        {
            string path = Make(file < 0 ? text : text[..file]);
            File.WriteAllBytes(path, file < 0 ? [] : Unescape(text[(file + 3)..]));
        }
    }

    private string Make(string relative)
    {
        string path = Path.Combine(Root, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private static byte[] Unescape(string text)
    {
        using MemoryStream bytes = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                bytes.Write(Encoding.UTF8.GetBytes(text[i].ToString()));
                continue;
            }

            i++;
            bytes.WriteByte(text[i] switch
            {
                'n' => (byte)'\n',
                '0' => 0,
                'x' => byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                _ => (byte)text[i],
            });
            i += text[i] is 'x' ? 2 : 0;
        }

        return bytes.ToArray();
    }
}
