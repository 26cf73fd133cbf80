namespace Thaw.Onnx.Linux;

/// <summary>Identifies a file and its state at one moment; differs once the file is replaced or modified.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, ulong Size, long ModifiedSeconds, uint ModifiedNanoseconds);
