using System.Formats.Tar;
using System.IO.Compression;

namespace Thaw.Inference.Files;

/// <summary>Archives that models are handed over in: .tar, .tar.gz and .tgz as SageMaker has them, and .zip.</summary>
internal static class ModelArchive
{
    private static readonly string[] Extensions = [".tar", ".tar.gz", ".tgz", ".zip"];

    /// <summary>Whether it is a file with the name of an archive.</summary>
    public static bool IsArchive(string path) => File.Exists(path) && Extensions.Any(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    /// <summary>Unpacks an archive. Entries that lie outside of the folder, or link there, are refused.</summary>
    /// <param name="folder">An empty one.</param>
    /// <returns>Why that is not possible; null if it was.</returns>
    public static string? TryUnpack(string path, string folder)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            {
                ZipFile.ExtractToDirectory(file, folder);
            }
            else if (path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase))
            {
                TarFile.ExtractToDirectory(file, folder, overwriteFiles: false);
            }
            else
            {
                using var unzipped = new GZipStream(file, CompressionMode.Decompress);
                TarFile.ExtractToDirectory(unzipped, folder, overwriteFiles: false);
            }

            return null;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException or EndOfStreamException)
        {
            return $"'{path}' cannot be unpacked: {exception.Message}";
        }
    }
}
