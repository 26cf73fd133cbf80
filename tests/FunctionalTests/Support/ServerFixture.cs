namespace Thaw.FunctionalTests.Support;

/// <summary>One server for all tests of a class; each test uses model names of its own.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private int _names;

    internal ServerProcess Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await ServerProcess.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();

    internal string NewName() => $"model-{Interlocked.Increment(ref _names)}";

    /// <summary>Loads the sample under a new name.</summary>
    internal async Task<string> LoadSampleAsync()
    {
        string name = NewName();
        Answer answer = await Server.LoadAsync(name, Repository.Sample);
        Assert.Equal(200, answer.Code);
        return name;
    }
}
