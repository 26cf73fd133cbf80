using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Thaw.Harness;

/// <summary>
/// HTTP/1.1 over one socket per request. HttpClient would add its own start-up, connection pool and threads to what is measured.
/// </summary>
public static class HttpProbe
{
    // For the longest: the load of a large model from a cold disk.
    private const int TimeoutMilliseconds = 120_000;

    /// <summary>The status of one GET, or 0 if no server listens yet.</summary>
    public static int TryGet(int port, string path)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return 0;
        }

        return Exchange(socket, "GET", path, body: "").Status;
    }

    /// <exception cref="HarnessException">The status is not 200; the message holds the server's answer.</exception>
    public static string Send(int port, string method, string path, string body = "")
    {
        (int status, string answer) = Ask(port, method, path, body);
        return status == 200 ? answer : throw new HarnessException($"{method} {path} was answered with {status}: {answer}");
    }

    public static (int Status, string Answer) Ask(int port, string method, string path, string body = "")
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, port);
        return Exchange(socket, method, path, body);
    }

    private static (int Status, string Answer) Exchange(Socket socket, string method, string path, string body)
    {
        socket.NoDelay = true;
        socket.ReceiveTimeout = TimeoutMilliseconds;
        byte[] content = Encoding.UTF8.GetBytes(body);
        string head =
            $"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {content.Length}\r\n\r\n";
        SendAll(socket, Encoding.ASCII.GetBytes(head));
        SendAll(socket, content);

        // With "Connection: close" the end of the stream is the end of the answer.
        using var answer = new MemoryStream();
        byte[] buffer = new byte[4096];
        for (int read; (read = socket.Receive(buffer)) > 0;) answer.Write(buffer, 0, read);
        string text = Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length);
        // "HTTP/1.1 200 OK"
        if (!text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || !int.TryParse(text.AsSpan(9, 3), out int status))
            throw new HarnessException($"{method} {path} was not answered with HTTP.");
        return (status, text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[socket.Send(bytes)..];
    }
}
