using Thaw.Onnx.Linux;

namespace Thaw.Inference.Files;

/// <summary>Reads a small file of a model as a whole.</summary>
internal static class SmallFile
{
    /// <param name="most">The most bytes that it may have: it is read before any memory is reserved.</param>
    /// <returns>Its bytes, or why there are none, with its name.</returns>
    public static Result<byte[]> Read(string folder, string name, int most)
    {
        try
        {
            using FileStream file = File.OpenRead(Path.Combine(folder, name));
            string size = most >= 1 << 20 ? $"{most >> 20} MiB" : $"{most >> 10} KiB";
            if (!file.CanSeek || file.Length > most) return Broken($"it must be a file of at most {size}");
            var bytes = new byte[file.Length];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return GitLfs.IsPointer(bytes) ? Broken(GitLfs.Advice) : bytes[..length];
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return Broken("it is missing");
        }
        catch (UnauthorizedAccessException) when (!Directory.Exists(Path.Combine(folder, name)))
        {
            return Broken(NativeFile.NoPermission);
        }
        catch (Exception exception) when (ModelDirectory.IsUnreadable(exception))
        {
            return Broken(exception.Message);
        }

        InferenceError Broken(string reason) => new(InferenceErrorKind.InvalidModel, $"{name}: {reason}.");
    }
}
