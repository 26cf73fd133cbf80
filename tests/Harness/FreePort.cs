using System.Net;
using System.Net.Sockets;

namespace Thaw.Harness;

/// <summary>Finds ports for servers.</summary>
public static class FreePort
{
    /// <summary>
    /// A port below those that the kernel gives to clients: a client that polls one of those until a server listens can end up connected to itself.
    /// </summary>
    public static int Find()
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            int port = Random.Shared.Next(20_000, 30_000);
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                listener.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }

        throw new HarnessException("No port between 20000 and 30000 is free.");
    }
}
