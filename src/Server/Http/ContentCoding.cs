namespace Thaw.Server.Http;

/// <summary>How a body is compressed.</summary>
internal enum ContentCoding
{
    Identity,
    Gzip,
    Deflate,
}
