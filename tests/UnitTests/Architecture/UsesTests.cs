namespace Thaw.UnitTests.Architecture;

/// <summary>Which folders of <c>src</c> use which: what docs/architecture.md says is what the code does, and there are no circles.</summary>
public sealed class UsesTests
{
    // Set to 1, the block is written from the code.
    private const string Update = "THAW_WRITE_USES";

    private const int PlacesShown = 5;

    private static readonly IReadOnlyList<FolderUse> Uses = FolderUse.Of(SourceTree.Source);

    private static readonly string[] Folders = [.. SourceTree.Source.Select(file => file.Folder).Distinct()];

    [Fact]
    public void Folders_use_what_the_architecture_document_allows_and_nothing_is_allowed_in_vain()
    {
        string path = Path.Combine(Repository.Root, UsesBlock.Document);
        string document = File.ReadAllText(path), real = UsesBlock.Write(Folders, Uses);
        if (Environment.GetEnvironmentVariable(Update) == "1") File.WriteAllText(path, document = UsesBlock.Replace(document, real));

        Dictionary<string, string[]> allowed = UsesBlock.Parse(UsesBlock.In(document));
        List<string> faults =
        [
            .. Folders.Except(allowed.Keys).Select(folder => $"src/{folder} has no line in the block. Add one."),
            .. allowed.Keys.Except(Folders).Select(folder => $"The block has a line for {folder}, but src/{folder} holds no C# files. Remove it."),
        ];
        foreach (string folder in Folders.Intersect(allowed.Keys))
        {
            foreach (IGrouping<string, FolderUse> uses in Uses.Where(use => use.From == folder && !allowed[folder].Contains(use.To)).GroupBy(use => use.To))
            {
                string places = string.Join(", ", uses.Take(PlacesShown).Select(use => $"{use.Place} ({use.Name})"));
                faults.Add($"{folder} may not use {uses.Key}, but does: {places}. Move the code, or allow the use in the block.");
            }

            foreach (string unused in allowed[folder].Except(Uses.Where(use => use.From == folder).Select(use => use.To)))
                faults.Add($"{folder} may use {unused}, but does not. Remove that from the block.");
        }

        Assert.True(faults.Count == 0, $"""
            {UsesBlock.Document}, block uses, and the code differ:
            {string.Join('\n', faults)}

            To allow what the code does, run the test with {Update}=1, or copy this into the block:
            {real}
            """);
    }

    [Fact]
    public void No_folders_use_each_other_in_a_circle()
    {
        if (FolderUse.FindCircle(Uses) is not { } circle) return;
        IEnumerable<string> steps = circle.Select(step => $"{step.From} uses {step.To}: " + string.Join(", ", Uses
            .Where(use => (use.From, use.To) == (step.From, step.To)).Take(PlacesShown).Select(use => $"{use.Place} ({use.Name})")));
        Assert.Fail($"Folders of src use each other in a circle. Move code so that one of these uses goes:\n{string.Join('\n', steps)}");
    }
}
