using System.Text.RegularExpressions;

namespace Thaw.UnitTests.Architecture;

/// <summary>A place where one folder of <c>src</c> uses another.</summary>
/// <param name="From">The folder of the file, such as <c>Onnx/Fusion</c>.</param>
/// <param name="To">The folder that it uses.</param>
/// <param name="Place">File and line.</param>
/// <param name="Name">The namespace or type that is used there.</param>
internal sealed partial record FolderUse(string From, string To, string Place, string Name)
{
    /// <summary>
    /// Every use: by using directives (the compiler refuses those that nothing needs), by names that a namespace begins, and, since these need no
    /// directive, by names of types in the namespaces around the file's own.
    /// </summary>
    public static IReadOnlyList<FolderUse> Of(IReadOnlyList<SourceFile> files)
    {
        ILookup<string, string> types = files.SelectMany(file => file.Types.Select(type => (Namespace: NamespaceOf(file.Folder), type)))
            .ToLookup(type => type.Namespace, type => type.type);
        Dictionary<string, string> folders = files.Select(file => file.Folder).Distinct().ToDictionary(NamespaceOf);
        List<FolderUse> uses = [];
        foreach (SourceFile file in files)
        {
            foreach (Match match in DottedName().Matches(file.Code))
            {
                string name = string.Concat(match.Value.Where(sign => !char.IsWhiteSpace(sign)));
                // Only a directive names a namespace alone; elsewhere that is a member of the same name.
                bool directive = file.LineOf(match.Index).StartsWith("using ", StringComparison.Ordinal);
                if (Find(file, name, directive) is { } to && to != file.Folder) uses.Add(new FolderUse(file.Folder, to, file.Place(match.Index), name));
            }
        }

        return uses;

        string? Find(SourceFile file, string name, bool directive)
        {
            // From the innermost namespace outwards, as the compiler looks.
            for (string around = NamespaceOf(file.Folder); around != ""; around = Parent(around))
            {
                if (Qualified($"{around}.{name}", directive) is { } folder) return folder;
                if (types[around].Contains(name.Split('.')[0])) return folders[around];
            }

            return Qualified(name, directive);
        }

        // The longest part of the name that is a namespace, if one of its types follows.
        string? Qualified(string name, bool directive)
        {
            for (string part = name; part != ""; part = Parent(part))
            {
                if (!folders.TryGetValue(part, out string? folder)) continue;
                return (part == name ? directive : types[part].Contains(name[(part.Length + 1)..].Split('.')[0])) ? folder : null;
            }

            return null;
        }
    }

    /// <summary>Uses that lead from a folder back to it, each to the folder of the next one. Null if there are none.</summary>
    public static IReadOnlyList<FolderUse>? FindCircle(IReadOnlyList<FolderUse> uses)
    {
        ILookup<string, FolderUse> from = uses.DistinctBy(use => (use.From, use.To)).ToLookup(use => use.From);
        HashSet<string> done = [];
        List<FolderUse> way = [];
        return from.Select(folder => Search(folder.Key)).FirstOrDefault(circle => circle is not null);

        IReadOnlyList<FolderUse>? Search(string folder)
        {
            int start = way.FindIndex(use => use.From == folder);
            if (start >= 0) return way[start..];
            if (done.Contains(folder)) return null;
            foreach (FolderUse use in from[folder])
            {
                way.Add(use);
                if (Search(use.To) is { } circle) return circle;
                way.RemoveAt(way.Count - 1);
            }

            done.Add(folder);
            return null;
        }
    }

    private static string NamespaceOf(string folder) => "Thaw." + folder.Replace('/', '.');

    private static string Parent(string name) => name.Contains('.') ? name[..name.LastIndexOf('.')] : "";

    [GeneratedRegex(@"(?<![\w.@])[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*")]
    private static partial Regex DottedName();
}
