namespace Thaw.UnitTests.Architecture;

public sealed class FolderUseTests
{
    private static readonly SourceFile Outer = SourceFile.Of("src/A/Outer.cs", "namespace Thaw.A;\ninternal sealed class Outer;\n");
    private static readonly SourceFile Inner =
        SourceFile.Of("src/A/B/Inner.cs", "namespace Thaw.A.B;\npublic readonly record struct Inner<T>(T Value)\n    where T : struct;\n");

    [Theory]
    [InlineData("using Thaw.A.B;\nnamespace Thaw.C;\nclass User { Inner<int> inner; }", "A/B", 1)]
    [InlineData("using System;\nusing static Thaw.A.Outer;\nnamespace Thaw.C;", "A", 2)]
    [InlineData("using X = Thaw.A.B.Inner<int>;\nnamespace Thaw.C;", "A/B", 1)]
    [InlineData("namespace Thaw.C;\n// Outer\nclass User { object outer = new A.Outer(); }", "A", 3)]
    [InlineData("namespace Thaw.C;\nclass User { string outer = $\"A.Outer {Thaw . A\n. Outer.Name}\"; }", "A", 2)]
    [InlineData("namespace Thaw.C;\nclass User { object A; object outer => A.Other; object Outer; }", null, 0)]
    public void Directives_and_qualified_names_are_uses(string source, string? folder, int line) => AssertUses("src/C/User.cs", source, folder, line);

    [Theory]
    [InlineData("namespace Thaw.A.C;\n\nclass User { Outer outer; }", "A", 3)]
    [InlineData("namespace Thaw.A.C;\nclass User { object outer = this.Outer; }", null, 0)]
    [InlineData("namespace Thaw.A.C;\nclass User { object inner = new B.Inner<int>(); }", "A/B", 2)]
    public void Types_of_the_namespaces_around_are_used_without_a_directive(string source, string? folder, int line) =>
        AssertUses("src/A/C/User.cs", source, folder, line);

    [Fact]
    public void A_type_of_the_same_name_that_is_nearer_is_the_one_that_is_used()
    {
        SourceFile nearer = SourceFile.Of("src/A/C/Outer.cs", "namespace Thaw.A.C;\nclass Outer;");
        SourceFile user = SourceFile.Of("src/A/C/User.cs", "namespace Thaw.A.C;\nclass User { Outer outer; }");
        Assert.Empty(FolderUse.Of([Outer, nearer, user]));
    }

    [Fact]
    public void A_circle_is_found_without_what_leads_to_it()
    {
        FolderUse[] uses = [Use("Start", "A"), Use("A", "B"), Use("A", "C"), Use("B", "C"), Use("C", "D")];
        Assert.Null(FolderUse.FindCircle(uses));
        IReadOnlyList<FolderUse> circle = FolderUse.FindCircle([.. uses, Use("D", "B")])!;
        Assert.Equal(["B", "C", "D"], circle.Select(use => use.From));
        Assert.Equal(["C", "D", "B"], circle.Select(use => use.To));
    }

    [Fact]
    public void A_block_reads_as_it_was_written()
    {
        string[] folders = [.. Enumerable.Range(10, 30).Select(number => $"Folder{number}")];
        string block = UsesBlock.Write(folders, [.. folders.Skip(1).Select(folder => Use(folders[0], folder))]);
        Assert.All(block.Split('\n'), line => Assert.InRange(line.Length, 0, 120));
        Dictionary<string, string[]> read = UsesBlock.Parse(block);
        Assert.Equal(folders, read.Keys);
        Assert.Equal(folders.Skip(1), read[folders[0]]);
        Assert.All(folders.Skip(1), folder => Assert.Empty(read[folder]));

        string document = "# Text\n\n```uses\nOld: Lines\n```\n\n```cs\n```\n";
        Assert.Equal("Old: Lines\n", UsesBlock.In(document));
        Assert.Equal(document.Replace("Old: Lines\n", block), UsesBlock.Replace(document, block));
    }

    [Theory]
    [InlineData("A\n")]
    [InlineData("A: B: C\n")]
    [InlineData("A: B\nA: C\n")]
    public void A_block_of_another_form_is_refused(string block) => Assert.Throws<FormatException>(() => UsesBlock.Parse(block));

    private static void AssertUses(string path, string source, string? folder, int line)
    {
        IReadOnlyList<FolderUse> uses = FolderUse.Of([Outer, Inner, SourceFile.Of(path, source)]);
        if (folder is null)
        {
            Assert.Empty(uses);
            return;
        }

        FolderUse use = Assert.Single(uses);
        Assert.Equal(folder, use.To);
        Assert.Equal($"{path}:{line}", use.Place);
    }

    private static FolderUse Use(string from, string to) => new(from, to, "", "");
}
