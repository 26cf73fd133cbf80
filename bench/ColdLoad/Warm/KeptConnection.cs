using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Thaw.Harness;

namespace Thaw.ColdLoad.Warm;

/// <summary>HTTP/1.1 over one connection that stays open.</summary>
internal sealed class KeptConnection : IDisposable
{
    private const string LengthHeader = "Content-Length: ";

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _answer = new byte[64 << 10];

    public KeptConnection(int port) => _socket.Connect(IPAddress.Loopback, port);

    /// <returns>The body of the answer.</returns>
    /// <exception cref="HarnessException">The status is not 200.</exception>
    public string Post(string path, string body)
    {
        byte[] request = Encoding.UTF8.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        for (int sent = 0; sent < request.Length;) sent += _socket.Send(request.AsSpan(sent));
        for (int received = 0; ;)
        {
            int read = _socket.Receive(_answer.AsSpan(received));
            if (read == 0) throw new HarnessException($"POST {path}: the server closed the connection.");
            received += read;
            int head = _answer.AsSpan(0, received).IndexOf("\r\n\r\n"u8);
            if (head >= 0)
            {
                int first = head + 4, length = BodyLength(path, Encoding.ASCII.GetString(_answer, 0, first));
                if (received == first + length) return Encoding.UTF8.GetString(_answer, first, length);
            }

            if (received == _answer.Length) Array.Resize(ref _answer, 2 * received);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static int BodyLength(string path, string head)
    {
        int at = head.IndexOf(LengthHeader, StringComparison.OrdinalIgnoreCase);
        if (!head.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) || at < 0)
            throw new HarnessException($"POST {path} was not answered with 200 and a length: {head}");
        at += LengthHeader.Length;
        return int.Parse(head.AsSpan(at, head.IndexOf('\r', at) - at), CultureInfo.InvariantCulture);
    }
}
