using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Thaw.Gpu;

/// <summary>A running server on one device.</summary>
internal sealed class Server : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;
    private readonly StringBuilder _errors = new();

    private Server(Process process, int port)
    {
        _process = process;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(5) };
        process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
    }

    /// <exception cref="BenchException">It ended: the message is its own.</exception>
    public static Server Start(string binary, string device)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        string[] arguments = ["serve", "--port", $"{port}", "--device", device, "--log-level", "error", "--max-texts", "4096"];
        var server = new Server(Process.Start(new ProcessStartInfo(binary, arguments) { RedirectStandardError = true })!, port);
        while (!server.Answers())
        {
            if (!server._process.WaitForExit(10)) continue;
            server._process.WaitForExit();
            throw new BenchException($"With --device {device}: {server._errors.ToString().Trim()}");
        }

        return server;
    }

    /// <summary>Milliseconds of a load and the first answer after it.</summary>
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
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private bool Answers()
    {
        try
        {
            return _client.GetAsync("/ping").GetAwaiter().GetResult().IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string Send(HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = _client.Send(request);
        string text = new StreamReader(response.Content.ReadAsStream()).ReadToEnd();
        return response.IsSuccessStatusCode ? text : throw new BenchException($"{method} {path}: {(int)response.StatusCode} {text}");
    }
}
