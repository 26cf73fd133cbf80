using System.Text;

namespace Thaw.UnitTests.Architecture;

/// <summary>The block of docs/architecture.md that says which folders of <c>src</c> may use which.</summary>
internal static class UsesBlock
{
    public const string Document = "docs/architecture.md";

    private const string Fence = "```", Opening = "\n```uses\n";
    private const int Width = 120;

    /// <summary>For each folder, in the order of the block, those that it may use.</summary>
    /// <exception cref="FormatException">A line is not of the form, or a folder is there twice; the message says where.</exception>
    public static Dictionary<string, string[]> Parse(string block)
    {
        Dictionary<string, string[]> allowed = [];
        // A line that begins with a space continues the one before.
        foreach (string line in block.ReplaceLineEndings("\n").Replace("\n ", " ").Split('\n').Where(line => line.Trim() != "" && line[0] != '#'))
        {
            string[] parts = line.Split(':');
            if (parts.Length != 2) throw new FormatException($"{Document}, block uses: '{line}' is not of the form 'Folder: Folder, Folder'.");
            string[] folders = parts[1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (!allowed.TryAdd(parts[0].Trim(), folders)) throw new FormatException($"{Document}, block uses: {parts[0]} has two lines.");
        }

        return allowed;
    }

    /// <summary>The block that allows exactly what the code does.</summary>
    public static string Write(IEnumerable<string> folders, IReadOnlyList<FolderUse> uses)
    {
        var block = new StringBuilder("# Folder: folders that it may use\n");
        foreach (string folder in folders.Order(StringComparer.Ordinal))
        {
            string line = folder + ":";
            foreach (string used in uses.Where(use => use.From == folder).Select(use => use.To).Distinct().Order(StringComparer.Ordinal))
            {
                string word = line.EndsWith(':') ? $" {used}" : $", {used}";
                if (line.Length + word.Length < Width)
                {
                    line += word;
                    continue;
                }

                block.Append(line).Append(",\n");
                line = $"    {used}";
            }

            block.Append(line).Append('\n');
        }

        return block.ToString();
    }

    /// <summary>What is between the fences of the block.</summary>
    public static string In(string document)
    {
        (int start, int end) = Find(document);
        return document[start..end];
    }

    /// <summary>The document with another block.</summary>
    public static string Replace(string document, string block)
    {
        (int start, int end) = Find(document);
        return document[..start] + block + document[end..];
    }

    private static (int Start, int End) Find(string document)
    {
        int start = document.IndexOf(Opening, StringComparison.Ordinal);
        if (start < 0) throw new FormatException($"{Document} has no block that begins with '{Opening.Trim()}'.");
        start += Opening.Length;
        int end = document.IndexOf(Fence, start, StringComparison.Ordinal);
        return end < 0 ? throw new FormatException($"{Document}: the block uses has no end.") : (start, end);
    }
}
