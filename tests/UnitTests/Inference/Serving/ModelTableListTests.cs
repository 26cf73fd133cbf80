using Thaw.Inference;
using Thaw.Inference.Serving;

namespace Thaw.UnitTests.Inference.Serving;

public sealed class ModelTableListTests : IDisposable
{
    private readonly FakeLoader _loader = new();

    public void Dispose() => _loader.Dispose();

    [Fact]
    public void An_empty_table_has_one_empty_page()
    {
        ModelPage page = _loader.Table.List(null, 100);

        Assert.Empty(page.Models);
        Assert.Null(page.After);
    }

    [Fact]
    public async Task Models_are_listed_by_ordinal_name_with_their_paths()
    {
        await LoadAsync("b", "a", "é", "Z", "10", "9");

        ModelPage page = _loader.Table.List(null, 100);

        Assert.Equal(["10", "9", "Z", "a", "b", "é"], page.Models.Select(model => model.Name));
        Assert.All(page.Models, model => Assert.Equal("/" + model.Name, model.Path));
    }

    [Fact]
    public async Task Only_ready_models_are_listed()
    {
        await LoadAsync("ready", "draining");
        ModelLease<FakeModel> lease = await _loader.LeaseAsync("draining");
        Task<InferenceError?> unload = _loader.Table.UnloadAsync("draining");
        await _loader.Table.LoadAndReleaseAsync("failed", FakeLoader.Broken).InTime();
        _loader.Pause();
        Task<InferenceError?> load = _loader.Table.LoadAndReleaseAsync("loading", "/loading");

        Assert.Equal("ready", Assert.Single(_loader.Table.List(null, 100).Models).Name);

        lease.Dispose();
        _loader.Continue();
        await Task.WhenAll(load, unload).InTime();
    }

    [Theory]
    [InlineData(7, 3, new[] { 3, 3, 1 })]
    [InlineData(6, 3, new[] { 3, 3 })]
    [InlineData(3, 3, new[] { 3 })]
    [InlineData(3, 1, new[] { 1, 1, 1 })]
    [InlineData(2, 100, new[] { 2 })]
    public async Task Pages_contain_every_model_once_and_none_is_empty(int models, int limit, int[] sizes)
    {
        string[] names = [.. Enumerable.Range(0, models).Select(index => $"model-{index:D3}")];
        await LoadAsync(names);

        List<ModelPage> pages = [_loader.Table.List(null, limit)];
        while (pages[^1].After is { } after) pages.Add(_loader.Table.List(after, limit));

        Assert.Equal(sizes, pages.Select(page => page.Models.Count));
        Assert.Equal(names, pages.SelectMany(page => page.Models).Select(model => model.Name));
    }

    [Fact]
    public async Task Models_loaded_and_unloaded_between_pages_neither_repeat_nor_hide_others()
    {
        await LoadAsync("a", "b", "c", "d", "e");
        ModelPage first = _loader.Table.List(null, 2);
        Assert.Equal("b", first.After);

        await _loader.Table.UnloadAsync("b").InTime();
        await _loader.Table.UnloadAsync("d").InTime();
        await LoadAsync("aa", "cc");

        ModelPage second = _loader.Table.List(first.After, 100);
        Assert.Equal(["c", "cc", "e"], second.Models.Select(model => model.Name));
        Assert.Null(second.After);
    }

    [Fact]
    public async Task After_the_last_name_the_page_is_empty_and_the_last()
    {
        await LoadAsync("a");

        ModelPage page = _loader.Table.List("zzz", 100);

        Assert.Empty(page.Models);
        Assert.Null(page.After);
    }

    private async Task LoadAsync(params string[] names)
    {
        foreach (string name in names) Assert.Null(await _loader.Table.LoadAndReleaseAsync(name, "/" + name).InTime());
    }
}
