using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Thaw.ContainerImage;

/// <summary>Time from the start of the image's program to its first answer.</summary>
internal static class StartupTime
{
    /// <summary>Milliseconds from <c>exec</c> to the first 200 of <c>/ping</c>, what enters the image counted in.</summary>
    /// <exception cref="ImageException">The program ended instead.</exception>
    public static double Measure(ImageTree image)
    {
        int port = FreePort();
        string[] command = [.. Container.Prefix(image, "64m"), .. image.Recipe.Entrypoint, .. image.Recipe.Command, "--port", $"{port}", "--log-level", "warning"];
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
        try
        {
            while (!Answers(port))
            {
                if (process.HasExited) throw new ImageException($"The program ended with {process.ExitCode}: {process.StandardError.ReadToEnd().Trim()}");
                Thread.Sleep(1);
            }

            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static bool Answers(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            client.GetStream().Write("GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8);
            return new StreamReader(client.GetStream()).ReadLine() == "HTTP/1.1 200 OK";
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
