namespace Thaw.Server.Protocols.HuggingFace;

/// <summary>One JSON value of a request: which of the texts are its own, and what is asked about them.</summary>
internal readonly record struct ClassificationItem(int First, int Count, InputShape Shape, ClassificationParameters Parameters);
