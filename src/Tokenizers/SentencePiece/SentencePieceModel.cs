using System.Text;
using System.Text.Unicode;
using Thaw.Tokenizers.Models;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.SentencePiece;

/// <summary>A SentencePiece model file (sentencepiece.bpe.model, spiece.model, spm.model): what the reference's converters read of it.</summary>
internal sealed class SentencePieceModel : IDisposable
{
    private const int Unigram = 1;
    private const int Bpe = 2;

    private readonly string _fileName;
    private float[] _scores = [];
    private PieceType[] _types = [];
    private byte[] _charsmap = [];
    private bool _hasTrainer;
    private bool _hasNormalizer;
    private int _modelType = Unigram;

    private SentencePieceModel(string fileName) => _fileName = fileName;

    /// <summary>The pieces; a piece's id is its index. None is empty.</summary>
    public PieceList Pieces { get; } = new();

    public ReadOnlySpan<float> Scores => _scores.AsSpan(0, Pieces.Count);

    public ReadOnlySpan<PieceType> Types => _types.AsSpan(0, Pieces.Count);

    /// <summary>Whether it is for BPE; otherwise for Unigram.</summary>
    public bool IsBpe => _modelType == Bpe;

    public int UnknownId { get; private set; }

    /// <summary>The text of the piece for unknown characters, in a model for BPE.</summary>
    public byte[] UnknownPiece { get; private set; } = "<unk>"u8.ToArray();

    /// <summary>The precompiled_charsmap; empty if there is none.</summary>
    public ReadOnlySpan<byte> Charsmap => _charsmap;

    /// <exception cref="TokenizerFileException">The file is damaged, or for another kind of token model.</exception>
    public static SentencePieceModel Read(string fileName, byte[] file)
    {
        var model = new SentencePieceModel(fileName);
        try
        {
            model.Read(file);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Pieces.Dispose();
        Pool.Release(ref _scores);
        Pool.Release(ref _types);
    }

    private void Read(byte[] file)
    {
        Pieces.ReserveBytes(file.Length / 2);
        var reader = new ProtobufReader(_fileName, file, 0, file.Length);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    ReadPiece(reader.ReadMessage());
                    break;
                case 2:
                    ReadTrainer(reader.ReadMessage());
                    break;
                case 3:
                    ReadNormalizer(reader.ReadMessage());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (Pieces.Count == 0)
            throw reader.Damaged("it has no pieces");
        // A file that is cut between two pieces has neither.
        if (!_hasTrainer || !_hasNormalizer)
            throw reader.Damaged("it ends before its settings (trainer_spec and normalizer_spec)");
        if (_modelType is not (Unigram or Bpe))
            throw new TokenizerFileException(_fileName, "trainer_spec.model_type", $"{_modelType} is not supported, only 1 (Unigram) and 2 (BPE).");
    }

    private void ReadPiece(ProtobufReader reader)
    {
        ReadOnlySpan<byte> text = [];
        float score = 0;
        int type = (int)PieceType.Normal;
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    text = reader.ReadBytes();
                    break;
                case 2:
                    score = reader.ReadFloat();
                    break;
                case 3:
                    type = reader.ReadInt32();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        int id = Pieces.Count;
        if (text.IsEmpty || text.Length > Vocabulary.MaxPieceLength || !Utf8.IsValid(text))
            throw reader.Damaged($"piece {id} is empty, too long or not UTF-8");
        if (!float.IsFinite(score))
            throw reader.Damaged($"the score of piece {id}, \"{Encoding.UTF8.GetString(text)}\", is not a number");
        if (type is < (int)PieceType.Normal or > (int)PieceType.Byte)
            throw reader.Damaged($"piece {id}, \"{Encoding.UTF8.GetString(text)}\", has the unknown type {type}");
        Pool.Grow(ref _scores, id, id + 1);
        Pool.Grow(ref _types, id, id + 1);
        _scores[id] = score;
        _types[id] = (PieceType)type;
        Pieces.Add(Pieces.Store(text) with { Id = id });
    }

    private void ReadTrainer(ProtobufReader reader)
    {
        _hasTrainer = true;
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 3:
                    _modelType = reader.ReadInt32();
                    break;
                case 40:
                    UnknownId = reader.ReadInt32();
                    break;
                case 45:
                    UnknownPiece = reader.ReadBytes().ToArray();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadNormalizer(ProtobufReader reader)
    {
        _hasNormalizer = true;
        while (reader.MoveNext())
        {
            if (reader.Field == 2)
                _charsmap = reader.ReadBytes().ToArray();
            else
                reader.Skip();
        }
    }
}
