using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Thaw.Harness;
using Thaw.Harness.Measuring;

namespace Thaw.FunctionalTests.Support;

/// <summary>A running published binary and a client of it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly RunningServer _server;

    private readonly string _cache;

    private ServerProcess(RunningServer server, string cache)
    {
        _server = server;
        _cache = cache;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}"), Timeout = TimeSpan.FromMinutes(2) };
    }

    public Process Process => _server.Process;

    public int Port => _server.Port;

    public HttpClient Client { get; }

    /// <summary>What it has printed so far.</summary>
    public string Output => _server.Output;

    public ProcessMemory Memory => ProcessMemory.Read(Process.Id);

    /// <summary>Starts the binary and waits until <c>/ping</c> answers.</summary>
    /// <param name="variables">Added to an environment without SAGEMAKER_*, THAW_* and the variables of CI services.</param>
    public static async Task<ServerProcess> StartAsync(
        IReadOnlyDictionary<string, string>? variables = null, string[]? arguments = null, string? binary = null, string[]? wrapper = null,
        bool portByVariable = false)
    {
        int port = FreePort.Find();
        string[] command = [.. wrapper ?? [], binary ?? Published.Binary, .. arguments ?? ["serve"]];
        if (!portByVariable) command = [.. command, "--port", $"{port}"];
        ProcessStartInfo start = Describe(command, variables);
        if (portByVariable) start.Environment["SAGEMAKER_BIND_TO_PORT"] = $"{port}";
        // A directory of its own, so that it does not find what another test left.
        string cache = Path.Combine(Path.GetTempPath(), $"thaw-test-cache-{port}");
        start.Environment.TryAdd("THAW_CACHE_DIR", cache);
        return new ServerProcess(await Task.Run(() => RunningServer.Start(start, port, readsOutput: true)), cache);
    }

    /// <summary>Runs a command to its end, for starts that fail.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string[] command, IReadOnlyDictionary<string, string>? variables = null)
    {
        ProgramRun run = await ProgramRun.ToEndAsync(Describe(command, variables), Patience);
        return (run.ExitCode, run.Output + run.Errors);
    }

    public Task<Answer> LoadAsync(string name, string url) => PostAsync("/models", JsonSerializer.Serialize(new { model_name = name, url }));

    public Task<Answer> InvokeAsync(string name, string body) => PostAsync($"/models/{Uri.EscapeDataString(name)}/invoke", body);

    public Task<Answer> PostAsync(string path, string body, string? contentType = "application/json", params (string Name, string Value)[] headers) =>
        PostAsync(path, Encoding.UTF8.GetBytes(body), contentType, headers);

    public Task<Answer> PostAsync(string path, byte[] body, string? contentType = "application/json", params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (contentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return SendAsync(request);
    }

    public Task<Answer> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    public Task<Answer> DeleteAsync(string name) => SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/models/{Uri.EscapeDataString(name)}"));

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        HttpResponseMessage response = await Client.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    /// <summary>Sends raw bytes on a new connection and reads until the server closes it; a reset counts as no answer.</summary>
    /// <param name="hangUp">Closes the sending half after the bytes, as a client does that disconnects.</param>
    public async Task<string> SendRawAsync(byte[] request, bool hangUp = false)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        NetworkStream stream = client.GetStream();
        try
        {
            await stream.WriteAsync(request);
            if (hangUp) client.Client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadToEndAsync().WaitAsync(Patience);
        }
        catch (IOException) when (hangUp)
        {
            return "";
        }
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Terminate();
        await Process.WaitForExitAsync().WaitAsync(Patience);
        return Process.ExitCode;
    }

    public void Terminate() => Assert.Equal(0, NativeCode.Terminate(Process.Id));

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        _server.Dispose();
        if (Directory.Exists(_cache)) Directory.Delete(_cache, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static ProcessStartInfo Describe(string[] command, IReadOnlyDictionary<string, string>? variables)
    {
        var start = new ProcessStartInfo(command[0], command[1..]);
        foreach (string name in start.Environment.Keys.Where(IsUnwanted).ToArray()) start.Environment.Remove(name);
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return start;
    }

    // Inherited, these would change what is tested.
    private static bool IsUnwanted(string variable) =>
        variable.StartsWith("SAGEMAKER_", StringComparison.Ordinal) || variable.StartsWith("THAW_", StringComparison.Ordinal) ||
        variable is "CI" or "GITHUB_ACTIONS" or "TF_BUILD";
}
