using Thaw.FunctionalTests.Support;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.Contract;

/// <summary>Limits that the system sets for the published binary: a load that exceeds one is refused with 507, and the server goes on.</summary>
[Trait("Category", "binary")]
public sealed class SystemLimitTests : IDisposable
{
    // Of linux/resource.h.
    private const int OpenFiles = 7;
    private const int AddressSpace = 9;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_descriptors_a_load_is_refused_and_succeeds_when_there_are_some_again()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Tiny);
        await using ServerProcess server = await ServerProcess.StartAsync();
        // Opens what the server keeps, and the connection that the requests below use.
        Assert.Equal(200, (await server.LoadAsync("first", _folder["m"])).Code);
        string descriptors = $"/proc/{server.Process.Id}/fd";
        // Several numbers of them free, so that different files cannot be opened.
        for (int free = 0; free < 3; free++)
        {
            int[] open = [.. Directory.GetFiles(descriptors).Select(file => int.Parse(Path.GetFileName(file)))];
            int most = Enumerable.Range(0, int.MaxValue).Where(number => !open.Contains(number)).Skip(free).First();
            ulong before = NativeCode.Limit(server.Process.Id, OpenFiles, (ulong)most);
            Answer answer = await server.LoadAsync("second", _folder["m"]);
            Assert.Equal(200, (await server.InvokeAsync("first", """{"inputs":"x"}""")).Code);
            NativeCode.Limit(server.Process.Id, OpenFiles, before);
            if (free > 0 && answer.Code == 200) Assert.Equal(200, (await server.DeleteAsync("second")).Code);
            else AssertRefused(answer, "ulimit -n");
            // The thread that reads ahead has one open for some milliseconds.
            Assert.True(SpinWait.SpinUntil(() => !OfModels().Any(), TimeSpan.FromSeconds(10)), string.Join(", ", OfModels()));
        }

        Assert.Equal(200, (await server.LoadAsync("second", _folder["m"])).Code);
        Assert.Equal(200, (await server.InvokeAsync("second", """{"inputs":"x"}""")).Code);

        IEnumerable<string> OfModels() => Directory.GetFiles(descriptors)
            .Select(link => new FileInfo(link).LinkTarget).OfType<string>().Where(file => file.StartsWith(_folder.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_address_space_a_load_is_refused_and_succeeds_when_there_is_some_again()
    {
        ExportedModel.Write(_folder["tiny"], BertOptions.Tiny);
        ExportedModel.Write(_folder["mini"], BertOptions.Mini);
        await using ServerProcess server = await ServerProcess.StartAsync();
        Assert.Equal(200, (await server.LoadAsync("first", _folder["tiny"])).Code);
        // Room for what the server itself needs, and not for the model's 45 MB.
        string size = File.ReadLines($"/proc/{server.Process.Id}/status").Single(line => line.StartsWith("VmSize:", StringComparison.Ordinal));
        ulong used = ulong.Parse(size["VmSize:".Length..].Replace("kB", "", StringComparison.Ordinal)) * 1024;
        ulong before = NativeCode.Limit(server.Process.Id, AddressSpace, used + (30 << 20));
        AssertRefused(await server.LoadAsync("second", _folder["mini"]), "ulimit -v");
        Assert.Equal(200, (await server.InvokeAsync("first", """{"inputs":"x"}""")).Code);
        Assert.DoesNotContain(File.ReadLines($"/proc/{server.Process.Id}/maps"), line => line.Contains(_folder["mini"], StringComparison.Ordinal));
        NativeCode.Limit(server.Process.Id, AddressSpace, before);
        Assert.Equal(200, (await server.LoadAsync("second", _folder["mini"])).Code);
        Assert.Equal(200, (await server.InvokeAsync("second", """{"inputs":"x"}""")).Code);
    }

    private static void AssertRefused(Answer answer, string advice)
    {
        Assert.True(answer.Code == 507, answer.Body);
        Assert.Equal("OutOfMemoryError", answer.Json.GetProperty("type").GetString());
        Assert.Contains(advice, answer.Error);
    }
}
