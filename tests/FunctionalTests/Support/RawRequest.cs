using System.Text;

namespace Thaw.FunctionalTests.Support;

/// <summary>Requests as bytes, for clients that send them in parts or not to their end.</summary>
internal static class RawRequest
{
    /// <summary>The head of a POST with a JSON body of <paramref name="length"/> bytes.</summary>
    /// <param name="close">Lets the server close the connection after its answer.</param>
    public static byte[] Head(string path, long length, bool close = true) => Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{(close ? "Connection: close\r\n" : "")}\r\n");
}
