using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Builder;
using Thaw.Inference.Loading;
using Thaw.Onnx.Runtime;
using Thaw.Server;
using Thaw.Server.Settings;

namespace Thaw.MicroBenchmarks;

/// <summary>What a whole request allocates, from socket to socket. The client allocates nothing and asks a server in the same process.</summary>
[MemoryDiagnoser]
public class WarmRequestBenchmarks
{
    private readonly byte[] _answer = new byte[64 << 10];
    private readonly byte[] _ping = "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray();
    private readonly byte[] _invoke = Post("/models/m/invoke", """{"inputs":"Wo ist die Bibliothek?"}""");
    private readonly byte[] _tokenize = Post("/models/m/tokenize", """{"inputs":"Wo ist die Bibliothek?"}""");
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private OrtEnvironment _environment = null!;
    private WebApplication _server = null!;

    [GlobalSetup]
    public async Task Setup()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        _environment = OrtEnvironment.Create(Environment.ProcessorCount, (_, _) => { });
        ServerOptions options = ServerOptions.Read(["--port", $"{port}", "--log-level", "error", "--promote-after", "0"], _ => null, out _);
        _server = ServerApplication.Build(options, Task.FromResult(new InferenceRuntime(_environment, null)));
        await _server.StartAsync();
        _client.Connect(IPAddress.Loopback, port);
        Ask(Post("/models", $$"""{"model_name":"m","url":"{{SampleModel.Directory}}"}"""));
        if (Ask(_invoke) == 0) throw new InvalidOperationException("The sample model does not answer.");
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _environment.Dispose();
    }

    [Benchmark(Baseline = true), AllocatesAtMost(64)]
    public int Ping() => Ask(_ping);

    // Half of it is the request with its lists and the run's task; most of the rest is the framework's routing and the JSON writer.
    [Benchmark, AllocatesAtMost(2304)]
    public int Invoke() => Ask(_invoke);

    [Benchmark, AllocatesAtMost(1408)]
    public int Tokenize() => Ask(_tokenize);

    /// <summary>Returns the length of the answer's body; throws if the answer is not a 200.</summary>
    private int Ask(byte[] request)
    {
        _client.Send(request);
        for (int received = 0, last = -1; last != received;)
        {
            last = received;
            received += _client.Receive(_answer, received, _answer.Length - received, SocketFlags.None);
            ReadOnlySpan<byte> answer = _answer.AsSpan(0, received);
            int head = answer.IndexOf("\r\n\r\n"u8);
            if (head < 0) continue;
            if (!answer.StartsWith("HTTP/1.1 200"u8)) break;
            Utf8Parser.TryParse(answer[(answer.IndexOf("Content-Length: "u8) + "Content-Length: ".Length)..], out int length, out _);
            if (received == head + 4 + length) return length;
        }

        throw new InvalidOperationException("The answer was not a 200, or the server closed the connection.");
    }

    private static byte[] Post(string path, string body) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\n" +
        $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
}
