using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Thaw.FunctionalTests.Support;

/// <summary>A running published binary and a client of it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly StringBuilder _output = new();

    private readonly string _cache;

    private ServerProcess(Process process, int port, string cache)
    {
        _cache = cache;
        Process = process;
        Port = port;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(2) };
    }

    public Process Process { get; }

    public int Port { get; }

    public HttpClient Client { get; }

    /// <summary>What it has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Starts the binary and waits until <c>/ping</c> answers.</summary>
    /// <param name="variables">Added to an environment without SAGEMAKER_*, THAW_* and what marks continuous integration.</param>
    public static async Task<ServerProcess> StartAsync(
        IReadOnlyDictionary<string, string>? variables = null, string[]? arguments = null, string? binary = null, string[]? wrapper = null, bool portByVariable = false)
    {
        int port = FreePort();
        string[] command = [.. wrapper ?? [], binary ?? Published.Binary, .. arguments ?? ["serve"], .. portByVariable ? (string[])[] : ["--port", port.ToString(CultureInfo.InvariantCulture)]];
        ProcessStartInfo start = Describe(command, variables);
        if (portByVariable) start.Environment["SAGEMAKER_BIND_TO_PORT"] = port.ToString(CultureInfo.InvariantCulture);
        // One of its own: what another test left is not to be found.
        string cache = Path.Combine(Path.GetTempPath(), $"thaw-test-cache-{port}");
        start.Environment.TryAdd("THAW_CACHE_DIR", cache);
        var server = new ServerProcess(Process.Start(start)!, port, cache);
        server.Process.OutputDataReceived += server.Append;
        server.Process.ErrorDataReceived += server.Append;
        server.Process.BeginOutputReadLine();
        server.Process.BeginErrorReadLine();
        for (int attempt = 0; attempt < 3000; attempt++)
        {
            if (server.Process.HasExited) throw new InvalidOperationException($"The server ended with {server.Process.ExitCode}: {server.Output}");
            try
            {
                if ((await server.Client.GetAsync("/ping")).IsSuccessStatusCode) return server;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(10);
            }
        }

        await server.DisposeAsync();
        throw new InvalidOperationException($"The server does not answer: {server.Output}");
    }

    /// <summary>Runs the binary to its end, for starts that fail.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string[] command, IReadOnlyDictionary<string, string>? variables = null)
    {
        using Process process = Process.Start(Describe(command, variables))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return (process.ExitCode, await output + await error);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
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

    /// <summary>Sends bytes as they are on a connection of their own, and reads until the server closes it; a reset counts as no answer.</summary>
    /// <param name="hangUp">Closes the sending half behind the bytes, as a client does that goes away.</param>
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
            return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (IOException) when (hangUp)
        {
            return "";
        }
    }

    /// <summary>A line of /proc/PID/status in bytes, such as VmRSS.</summary>
    public long Memory(string line) =>
        long.Parse(
            File.ReadLines($"/proc/{Process.Id}/status").First(text => text.StartsWith(line + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^2].Split('\t')[^1],
            CultureInfo.InvariantCulture) * 1024;

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Terminate();
        await Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return Process.ExitCode;
    }

    public void Terminate() => Assert.Equal(0, NativeCode.Terminate(Process.Id));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!Process.HasExited) Process.Kill(entireProcessTree: true);
        await Process.WaitForExitAsync();
        Process.Dispose();
        if (Directory.Exists(_cache)) Directory.Delete(_cache, recursive: true);
    }

    private static ProcessStartInfo Describe(string[] command, IReadOnlyDictionary<string, string>? variables)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in start.Environment.Keys.ToArray())
        {
            if (name.StartsWith("SAGEMAKER_", StringComparison.Ordinal) || name.StartsWith("THAW_", StringComparison.Ordinal) || name is "CI" or "GITHUB_ACTIONS" or "TF_BUILD")
                start.Environment.Remove(name);
        }

        foreach ((string name, string value) in variables ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return start;
    }

    private void Append(object sender, DataReceivedEventArgs line)
    {
        lock (_output) _output.AppendLine(line.Data);
    }
}
