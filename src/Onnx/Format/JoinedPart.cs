namespace Thaw.Onnx.Format;

/// <summary>A part of an initializer that a rewrite joined from others.</summary>
/// <param name="Name">The initializer whose elements it has; null for zeros.</param>
/// <param name="Count">Number of its elements.</param>
internal readonly record struct JoinedPart(string? Name, long Count);
