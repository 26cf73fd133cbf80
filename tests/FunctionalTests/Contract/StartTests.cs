using System.Net;
using System.Net.Sockets;
using Thaw.FunctionalTests.Support;
using Thaw.Harness;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.Contract;

/// <summary>Starts that fail give one clear line and an exit code, and never crash.</summary>
[Trait("Category", "binary")]
public sealed class StartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_missing_library_gives_one_clear_line() =>
        AssertOneLine(await StartWithLibraryAsync(null), "libonnxruntime.so does not exist");

    [Theory]
    [InlineData("")]
    [InlineData("this is no library")]
    public async Task A_damaged_library_gives_one_clear_line(string content) =>
        AssertOneLine(await StartWithLibraryAsync(path => File.WriteAllText(path, content)), "is damaged");

    [Theory]
    [InlineData(63)]
    [InlineData(1000)]
    [InlineData(1_000_000)]
    [InlineData(25_000_000)]
    public async Task A_truncated_library_gives_one_clear_line(int length) =>
        AssertOneLine(
            await StartWithLibraryAsync(path =>
            {
                byte[] whole = File.ReadAllBytes(Published.Library);
                File.WriteAllBytes(path, whole[..length]);
            }),
            "is damaged");

    [Fact]
    public async Task A_library_for_another_machine_gives_one_clear_line() =>
        AssertOneLine(
            await StartWithLibraryAsync(path =>
            {
                Compile("int unrelated(void) { return 0; }", path);
                byte[] library = File.ReadAllBytes(path);
                // e_machine: MIPS.
                library[18] = 8;
                File.WriteAllBytes(path, library);
            }),
            "cannot be opened");

    [Fact]
    public async Task An_unrelated_library_of_that_name_gives_one_clear_line() =>
        AssertOneLine(await StartWithLibraryAsync(path => Compile("int unrelated(void) { return 0; }", path)), "exports no OrtGetApiBase");

    [Fact]
    public async Task A_library_that_is_too_old_gives_one_clear_line_with_its_version() =>
        AssertOneLine(
            await StartWithLibraryAsync(path => Compile(
                """
                static const void *get_api(unsigned version) { return 0; }
                static const char *get_version(void) { return "1.17.3"; }
                static const struct { const void *(*api)(unsigned); const char *(*version)(void); } base = { get_api, get_version };
                const void *OrtGetApiBase(void) { return &base; }
                """,
                path)),
            "1.17.3, which is too old");

    [Theory]
    [InlineData("THAW_PORT", "eighty")]
    [InlineData("THAW_PORT", "70000")]
    [InlineData("THAW_MEMORY_LIMIT", "lots")]
    [InlineData("SAGEMAKER_MAX_PAYLOAD_IN_MB", "-1")]
    [InlineData("THAW_LOG_LEVEL", "loud")]
    public async Task An_invalid_setting_is_named(string name, string value)
    {
        (int exitCode, string output) = await ServerProcess.RunAsync([Published.Binary, "serve"], new Dictionary<string, string> { [name] = value });
        Assert.Equal(2, exitCode);
        Assert.Contains($"'{value}' for {name}:", Assert.Single(output.Trim().Split('\n')));
    }

    [Fact]
    public async Task A_taken_port_gives_one_clear_line()
    {
        using var taken = new TcpListener(IPAddress.IPv6Any, 0);
        taken.Server.DualMode = true;
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        // ONNX Runtime is opened and warmed up at the same time: an exit in the middle of that could crash.
        for (int round = 0; round < 40; round++)
            AssertOneLine(await ServerProcess.RunAsync([Published.Binary, "--port", $"{port}"]), "address already in use");
    }

    [Fact]
    public async Task Help_and_version_print_and_end()
    {
        (int exitCode, string help) = await ServerProcess.RunAsync([Published.Binary, "--help"]);
        Assert.Equal(0, exitCode);
        Assert.Contains("THAW_MEMORY_LIMIT", help);
        (exitCode, string version) = await ServerProcess.RunAsync([Published.Binary, "--version"]);
        Assert.Equal(0, exitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+", version);
    }

    private async Task<(int ExitCode, string Output)> StartWithLibraryAsync(Action<string>? writeLibrary)
    {
        File.Copy(Published.Binary, _folder["thaw"]);
        writeLibrary?.Invoke(_folder["libonnxruntime.so"]);
        return await ServerProcess.RunAsync([_folder["thaw"], "serve", "--port", $"{FreePort.Find()}"]);
    }

    private void Compile(string source, string library) => NativeCode.CompileLibrary(_folder["library.c"], source, library);

    private static void AssertOneLine((int ExitCode, string Output) result, string reason)
    {
        Assert.Equal(1, result.ExitCode);
        string line = Assert.Single(result.Output.Trim().Split('\n'));
        Assert.StartsWith("thaw: ", line);
        Assert.Contains(reason, line);
    }
}
