using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Thaw.Harness;

namespace Thaw.Gpu;

/// <summary>A running server on one device.</summary>
internal sealed class Server : IDisposable
{
    private readonly RunningServer _server;
    private readonly HttpClient _client;

    private Server(RunningServer server)
    {
        _server = server;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}"), Timeout = TimeSpan.FromMinutes(5) };
    }

    /// <exception cref="HarnessException">It ended; the message is from the server.</exception>
    public static Server Start(string binary, string device)
    {
        int port = FreePort.Find();
        string[] arguments = ["serve", "--port", $"{port}", "--device", device, "--log-level", "error", "--max-texts", "4096"];
        return new Server(RunningServer.Start(new ProcessStartInfo(binary, arguments), port, readsOutput: true));
    }

    /// <summary>Loads a model and asks it once; returns the milliseconds of each.</summary>
    public (double Load, double First) Load(string name, string directory, string body)
    {
        long start = Stopwatch.GetTimestamp();
        Send(HttpMethod.Post, "/models", JsonSerializer.Serialize(new { model_name = name, url = directory }));
        double load = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        Invoke(name, body);
        return (load, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    public void Unload(string name) => Send(HttpMethod.Delete, $"/models/{name}", null);

    public string Invoke(string name, string body) => Send(HttpMethod.Post, $"/models/{name}/invoke", body);

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private string Send(HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = _client.Send(request);
        string text = new StreamReader(response.Content.ReadAsStream()).ReadToEnd();
        return response.IsSuccessStatusCode ? text : throw new HarnessException($"{method} {path} was answered with {(int)response.StatusCode}: {text}");
    }
}
