namespace Thaw.Server.Http;

/// <summary>What bodies contain.</summary>
[Flags]
internal enum ContentKinds
{
    None = 0,
    Json = 1,

    /// <summary>One JSON value a line.</summary>
    JsonLines = 2,
}
