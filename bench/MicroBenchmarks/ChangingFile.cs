using System.Buffers.Text;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Thaw.MicroBenchmarks;

/// <summary>
/// A directory with a copy of one of the tokenizer's files. <see cref="Change"/> replaces one piece with a new one. It writes
/// a few bytes in place and allocates nothing, so a measurement may include it.
/// </summary>
internal sealed class ChangingFile : IDisposable
{
    private const int Digits = 10;

    private readonly SafeFileHandle _file;
    private readonly long _offset;
    private long _changes;

    /// <param name="path">vocab.txt or tokenizer.json; a tokenizer_config.json beside it is copied too.</param>
    public ChangingFile(string path)
    {
        string config = Path.Combine(Path.GetDirectoryName(path)!, "tokenizer_config.json");
        if (File.Exists(config)) File.Copy(config, Path.Combine(Directory, Path.GetFileName(config)));
        string copy = Path.Combine(Directory, Path.GetFileName(path));
        byte[] content = File.ReadAllBytes(path);
        File.WriteAllBytes(copy, content);
        _offset = content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(ChangingPiece()));
        if (_offset < 0) throw new InvalidOperationException($"{path} does not have the pieces of {TokenizerModel.VocabularyFile}.");
        _file = File.OpenHandle(copy, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
    }

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("thaw-bench-").FullName;

    public void Change()
    {
        Span<byte> digits = stackalloc byte[Digits];
        Utf8Formatter.TryFormat(++_changes, digits, out _, new('D', Digits));
        RandomAccess.Write(_file, digits, _offset);
    }

    public void Dispose()
    {
        _file.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    // At least ten letters, of which the first ten become digits: no vocabulary has pieces of that many digits.
    private static string ChangingPiece()
    {
        string[] pieces = File.ReadAllLines(TokenizerModel.VocabularyFile);
        string all = string.Join('\n', pieces);
        return pieces.First(piece => piece.Length >= Digits && piece.All(char.IsAsciiLetter) && OccursOnce(piece));

        bool OccursOnce(string piece) => all.IndexOf(piece, StringComparison.Ordinal) == all.LastIndexOf(piece, StringComparison.Ordinal);
    }
}
