using System.Net;
using System.Net.Sockets;
using Thaw.FunctionalTests.Support;
using Thaw.Harness;
using Thaw.TestModels;

namespace Thaw.FunctionalTests;

/// <summary>What <c>make run</c> starts once the binary is published.</summary>
[Trait("Category", "binary")]
public sealed class SampleTests : IDisposable
{
    private static readonly string Script = Path.Combine(Repository.Root, "samples", "run.sh");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_sample_answers_and_a_signal_ends_it_with_0()
    {
        // Only what every machine has: no node, no curl.
        foreach (string program in (string[])["bash", "cat", "dirname", "sleep"]) File.CreateSymbolicLink(_folder[program], $"/usr/bin/{program}");
        const string Run = """
            "$@" > "$OUT" 2>&1 & script=$!
            until grep -q 'Ctrl+C stops it' "$OUT" || ! kill -0 $script; do sleep 0.05; done
            kill $script; wait $script; code=$?; cat "$OUT"; exit $code
            """;
        (int exitCode, string output) = await ServerProcess.RunAsync(
            ["bash", "-c", Run, "run", "env", $"PATH={_folder.Path}", "bash", Script, Published.Binary, $"{FreePort.Find()}"],
            new Dictionary<string, string> { ["OUT"] = _folder["output"] });
        Assert.True(exitCode == 0, output);
        Assert.Contains("""[{"label":"fr","score":0.97""", output);
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        (int exitCode, string output) = await ServerProcess.RunAsync([Script, Published.Binary, $"{port}"]);
        Assert.Equal(1, exitCode);
        Assert.Equal($"Port {port} is taken: another program listens on it. Choose another port, such as: make run PORT={port + 1}\n", output);
    }
}
