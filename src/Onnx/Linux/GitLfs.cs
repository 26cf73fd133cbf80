namespace Thaw.Onnx.Linux;

/// <summary>Git Large File Storage keeps a small text, the pointer, in a repository in place of a large file; a clone without it has the pointers.</summary>
public static class GitLfs
{
    /// <summary>What a pointer is, and what to do, without a full stop.</summary>
    public const string Advice = "it is a Git LFS pointer, not the file itself. Run 'git lfs pull' where it was cloned, or download the file";

    /// <summary>More bytes than any pointer has (its specification: "Pointer files must be less than 1024 bytes in size").</summary>
    internal const int MaxLength = 1024;

    /// <summary>Whether a file with this beginning is a pointer.</summary>
    public static bool IsPointer(ReadOnlySpan<byte> bytes) => bytes.StartsWith("version https://git-lfs.github.com/spec/"u8);
}
