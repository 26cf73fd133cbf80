using System.Net;
using System.Net.Sockets;
using System.Text;
using Thaw.Server.Settings;

namespace Thaw.Server.Commands;

/// <summary><c>thaw health</c>: asks a running server's <c>/ping</c>, for images that have no curl. Uses a bare socket, because it must be quick.</summary>
internal static class HealthCheck
{
    public const string Name = "health";

    // The platform's own limit for a ping.
    private const int TimeoutMilliseconds = 2000;

    /// <param name="arguments">Those after <c>health</c>: settings, of which the port matters.</param>
    /// <returns>The process's exit code: 0 if the server answers 200, else 1.</returns>
    /// <exception cref="SettingException">A setting is invalid.</exception>
    public static int Run(string[] arguments)
    {
        int port = ServerOptions.Read(arguments, Environment.GetEnvironmentVariable, out _).Port;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            SendTimeout = TimeoutMilliseconds,
            ReceiveTimeout = TimeoutMilliseconds,
        };
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            socket.Send("GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8);
            ReadOnlySpan<byte> healthy = "HTTP/1.1 200"u8;
            Span<byte> answer = stackalloc byte[healthy.Length];
            int length = 0;
            while (length < answer.Length && socket.Receive(answer[length..]) is > 0 and int received) length += received;
            if (answer.SequenceEqual(healthy)) return 0;
            Console.Error.WriteLine($"thaw: /ping on port {port} answers '{Encoding.ASCII.GetString(answer[..length])}'.");
        }
        catch (SocketException exception)
        {
            Console.Error.WriteLine($"thaw: /ping on port {port} does not answer: {exception.Message}");
        }

        return 1;
    }
}
