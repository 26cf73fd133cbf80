namespace Thaw.UnitTests.Architecture;

/// <summary>Where code is: namespaces, files and folders.</summary>
public sealed class LayoutTests
{
    private const int MostLines = 300, MostFiles = 25, MostFilesInServer = 6;

    [Fact]
    public void The_namespace_of_a_file_is_that_of_its_folder()
    {
        AssertNone(SourceTree.All
            .Where(file => file.Namespace != $"Thaw.{file.Folder.Replace('/', '.')}" && (file.Namespace is not null || file.Types.Count > 0))
            .Select(file => $"{file.Path}: the namespace is {file.Namespace ?? "missing"}. Make it Thaw.{file.Folder.Replace('/', '.')}, or move the file."));
    }

    [Fact]
    public void No_file_is_too_long()
    {
        AssertNone(SourceTree.All
            .Where(file => !file.Path.EndsWith(".g.cs", StringComparison.Ordinal) && file.Code.AsSpan().TrimEnd('\n').Count('\n') >= MostLines)
            .Select(file => $"{file.Path} has {file.Code.AsSpan().TrimEnd('\n').Count('\n') + 1} lines, more than {MostLines}. Split it."));
    }

    [Fact]
    public void No_folder_has_too_many_files()
    {
        string[] files =
            [.. ((string[])["src", "tests", "bench"]).SelectMany(SourceTree.FilesBelow).Where(path => !path.EndsWith(".g.cs", StringComparison.Ordinal))];
        AssertNone(files.CountBy(path => Path.GetDirectoryName(path)!)
            .Where(folder => folder.Value > (folder.Key == "src/Server" ? MostFilesInServer : MostFiles))
            .Select(folder => $"{folder.Key} has {folder.Value} files, too many for a reader. Find folders for them."));
    }

    [Fact]
    public void A_type_is_in_the_file_of_its_name()
    {
        ILookup<string, string> filesOfNames = SourceTree.All
            .SelectMany(file => file.Names.Select(name => (name, file.Path)))
            .ToLookup(name => name.name, name => name.Path);
        List<string> faults = [];
        foreach (SourceFile file in SourceTree.All.Where(file => file.Types.Count > 0))
        {
            if (!file.Types.Contains(file.TypeName))
                faults.Add($"{file.Path} holds no {file.TypeName}, but {string.Join(", ", file.Types)}. Rename the file or the type.");
            foreach (string type in file.Types.Where(type => type != file.TypeName))
            {
                string? other = filesOfNames[type].FirstOrDefault(path => path != file.Path);
                if (other is not null) faults.Add($"{file.Path} holds {type}, which {other} uses. Give it the file {type}.cs.");
            }
        }

        AssertNone(faults);
    }

    private static void AssertNone(IEnumerable<string> faults) => Assert.True(!faults.Any(), string.Join('\n', faults));
}
