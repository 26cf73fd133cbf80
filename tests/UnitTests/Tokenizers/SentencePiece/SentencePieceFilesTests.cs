using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Tokenizers;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Files;
using Tokenizer = Thaw.Tokenizers.Tokenizer;

namespace Thaw.UnitTests.Tokenizers.SentencePiece;

public sealed class SentencePieceFilesTests
{
    private static readonly ModelProto Small = new([("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁", -2, 1), ("a", -3, 1), ("▁a", -1.5f, 1)]);

    [Theory]
    [InlineData("unigram")]
    [InlineData("bpe")]
    public void A_file_of_SentencePieces_own_trainer_gives_the_ids_of_its_own_encoder(string name)
    {
        using var directory = new SentencePieceDirectory("T5Tokenizer", Trained(name));
        Tokenizer tokenizer = directory.Load();
        int compared = 0;
        foreach (JsonNode golden in Goldens().Where(golden => (string?)golden["model"] == name))
        {
            var text = (string)golden["text"]!;
            IEnumerable<int> expected = golden["ids"]!.AsArray().Select(id => (int)id!);
            Assert.Equal($"{text}: {string.Join(' ', expected)} 2", $"{text}: {string.Join(' ', tokenizer.Ids(text))}");
            compared++;
        }

        Assert.True(compared > 10);
    }

    [Theory]
    [InlineData("unigram")]
    [InlineData("bpe")]
    public void Ids_are_those_of_Microsoft_ML_Tokenizers(string name)
    {
        using var directory = new SentencePieceDirectory("T5Tokenizer", Trained(name));
        Tokenizer tokenizer = directory.Load();
        var peer = SentencePieceTokenizer.Create(new MemoryStream(Trained(name)), addBeginningOfSentence: false, addEndOfSentence: true);
        IEnumerable<string> lines = File.ReadLines(Path.Combine(Repository.Root, "tests/Reference/Corpora/english.txt"));
        Assert.All(lines.Select(line => line.Trim()).Where(line => line.Length > 0), line => Assert.Equal(peer.EncodeToIds(line), tokenizer.Ids(line)));
    }

    [Fact]
    public void The_class_comes_from_config_json_if_tokenizer_config_json_does_not_name_it()
    {
        using var directory = new TokenizerDirectory();
        directory.Write("sentencepiece.bpe.model", Small.ToBytes());
        Assert.Equal([0, 6, 2], TokenizerFiles.Load(directory.Path, new TokenizerHint("XLMRobertaTokenizer")).Ids("a"));
        Assert.Equal([0, 6, 2], TokenizerFiles.Load(directory.Path, new TokenizerHint(ModelType: "xlm-roberta")).Ids("a"));
        Assert.Equal([5, 9, 6], TokenizerFiles.Load(directory.Path, new TokenizerHint("CamembertTokenizerFast", "xlm-roberta")).Ids("a"));
        Assert.NotEqual(
            TokenizerFiles.Recognize(directory.Path, new TokenizerHint(ModelType: "xlm-roberta")),
            TokenizerFiles.Recognize(directory.Path, new TokenizerHint(ModelType: "camembert")));
    }

    [Fact]
    public void A_file_whose_class_is_not_known_is_refused_with_advice()
    {
        using var directory = new TokenizerDirectory();
        directory.Write("spiece.model", Small.ToBytes());
        Assert.Contains("spiece.model: neither tokenizer_config.json nor config.json names the tokenizer_class", directory.Refused().Message);
        Assert.Contains("save_pretrained", directory.Refused().Message);
        directory.Write("tokenizer_config.json", """{"tokenizer_class": "XLNetTokenizer"}""");
        Assert.Contains("\"XLNetTokenizer\" is not supported with only spiece.model", directory.Refused().Message);
        Assert.Equal("tokenizer_config.json", directory.Refused().FileName);
    }

    [Theory]
    [InlineData("T5Tokenizer", """{"extra_ids": 2, "additional_special_tokens": ["<extra_id_0>"]}""", "additional_special_tokens", "extra_ids is 2")]
    [InlineData("T5Tokenizer", """{"extra_ids": 100000}""", "extra_ids", "at most")]
    [InlineData("XLMRobertaTokenizer", """{"add_prefix_space": false}""", "add_prefix_space", "tokenizer.json")]
    [InlineData("XLMRobertaTokenizer", """{"added_tokens_decoder": {"9": {"content": "<mask>"}}}""", "tokenizer_config", "\"<mask>\" has the id 9 here, but 7")]
    [InlineData("AlbertTokenizer", "{}", "spiece.model", "no \"[CLS]\"")]
    public void What_does_not_fit_the_class_is_refused_with_place_and_reason(string tokenizerClass, string config, string place, string reason)
    {
        using var directory = new SentencePieceDirectory(tokenizerClass, Small.ToBytes(), JsonNode.Parse(config)!.AsObject());
        string message = directory.Refused().Message;
        Assert.Contains(place, message);
        Assert.Contains(reason, message);
    }

    [Fact]
    public void Other_first_pieces_than_fairseqs_are_refused()
    {
        ModelProto other = Small with { Pieces = [("<pad>", 0, 3), .. Small.Pieces] };
        using var directory = new SentencePieceDirectory("XLMRobertaTokenizer", other.ToBytes());
        Assert.Contains("sentencepiece.bpe.model, piece 0: it is not <unk>", directory.Refused().Message);
    }

    [Fact]
    public void A_mask_token_takes_the_space_before_it_unless_a_file_says_otherwise()
    {
        ModelProto model = Small with { Pieces = [.. Small.Pieces.Take(3), ("[CLS]", 0, 3), ("[SEP]", 0, 3), ("[MASK]", 0, 3), .. Small.Pieces.Skip(3)] };
        using var directory = new SentencePieceDirectory("AlbertTokenizer", model.ToBytes());
        Assert.Equal([3, 8, 5, 4], directory.Load().Ids("a [MASK]"));
        directory.Write("special_tokens_map.json", """{"mask_token": "[MASK]"}""");
        Assert.Equal([3, 8, 5, 4], directory.Load().Ids("a [MASK]"));
        directory.Write("special_tokens_map.json", """{"mask_token": {"content": "[MASK]", "lstrip": false}}""");
        Assert.Equal([3, 8, 6, 5, 4], directory.Load().Ids("a [MASK]"));
    }

    public static TheoryData<byte[], string> Damaged => new()
    {
        { [], "no pieces" },
        { "version https://git-lfs.github.com/spec/v1\n"u8.ToArray(), "Git LFS pointer" },
        { "something else altogether"u8.ToArray(), "not a SentencePiece model" },
        { ModelProto.Field(1, ModelProto.Field(1, "a"u8.ToArray())), "ends before its settings" },
        { [.. Small.ToBytes(), 0x0A], "ends within a number" },
        { [.. Small.ToBytes(), 0x0A, 0x05, 0x0A], "longer than the rest" },
        { [.. Small.ToBytes(), 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "longer than the rest" },
        { [.. Small.ToBytes(), .. Enumerable.Repeat((byte)0xFF, 12)], "number is too long" },
        { [.. Small.ToBytes(), 0x00], "number 0" },
        { [.. Small.ToBytes(), 0x7B], "unknown type 3" },
        { [.. Small.ToBytes(), 0x08, 0x01], "another type" },
        { [.. Small.ToBytes(), .. ModelProto.Field(1, [])], "piece 6 is empty" },
        { [.. Small.ToBytes(), .. ModelProto.Field(1, ModelProto.Field(1, [0xFF]))], "not UTF-8" },
        { [.. Small.ToBytes(), .. ModelProto.Field(1, ModelProto.Field(1, new byte[40_000]))], "too long" },
        { (Small with { Pieces = [.. Small.Pieces, ("b", float.NaN, 1)] }).ToBytes(), "score of piece 6, \"b\"" },
        { (Small with { Pieces = [.. Small.Pieces, ("b", 0, 9)] }).ToBytes(), "unknown type 9" },
        { (Small with { ModelType = 3 }).ToBytes(), "trainer_spec.model_type" },
        { (Small with { UnknownId = 200 }).ToBytes(), "trainer_spec.unk_id" },
        { (Small with { UnknownId = -1 }).ToBytes(), "trainer_spec.unk_id" },
        { (Small with { Charsmap = [1, 2, 3] }).ToBytes(), "normalizer_spec.precompiled_charsmap" },
        { (Small with { ModelType = 2, Pieces = Small.Pieces.Skip(1).ToArray() }).ToBytes(), "no \"<unk>\"" },
        { (Small with { ModelType = 2, Pieces = [.. Small.Pieces, ("a", -1, 1)] }).ToBytes(), "\"a\" occurs twice" },
        { (Small with { ModelType = 2, Pieces = [.. Small.Pieces, (new string('x', 2000), -1, 1)] }).ToBytes(), "more than 1000 bytes" },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_damaged_file_is_refused_with_place_and_reason(byte[] file, string reason)
    {
        using var directory = new SentencePieceDirectory("T5Tokenizer", file);
        TokenizerFileException refused = directory.Refused();
        Assert.Equal("spiece.model", refused.FileName);
        Assert.Contains(reason, refused.Message);
    }

    [Fact]
    public void A_file_that_is_cut_anywhere_is_refused()
    {
        byte[] file = Trained("bpe");
        for (int length = 0; length < file.Length - 200; length += 7)
            Assert.Equal("spiece.model", Assert.Throws<TokenizerFileException>(() => Read(file[..length])).FileName);
    }

    [Theory]
    [InlineData("unigram")]
    [InlineData("bpe")]
    public void A_damaged_file_is_read_or_refused_and_nothing_else(string name)
    {
        byte[] file = name == "bpe" ? Trained(name) : (Models.Of("T5Tokenizer") with { Charsmap = [] }).ToBytes()[^20_000..];
        byte[] start = name == "bpe" ? [] : Small.ToBytes();
        var mutator = new Mutator(41, "\n\u0003\n\u0001a", "\u0012", "\u0018\u0002", "(\u0001", "\n\u00ff\u00ff\u007f");
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            try
            {
                Read(mutator.Mutate([.. start, .. file])).Ids("a text, with <mask> and 2019, of pieces");
            }
            catch (TokenizerFileException e)
            {
                Assert.Equal("spiece.model", e.FileName);
                refused++;
            }
        }

        Assert.InRange(refused, 100, 2000);
    }

    private static Tokenizer Read(byte[] file)
    {
        using var directory = new SentencePieceDirectory("T5Tokenizer", file);
        return directory.Load();
    }

    private static string Folder => Path.Combine(Repository.Root, "tests/UnitTests/Tokenizers/SentencePiece");

    private static byte[] Trained(string name) => File.ReadAllBytes(Path.Combine(Folder, $"{name}.model"));

    private static IEnumerable<JsonNode> Goldens() =>
        File.ReadLines(Path.Combine(Folder, "goldens.jsonl"), Encoding.UTF8).Select(line => JsonNode.Parse(line, documentOptions: new JsonDocumentOptions())!);
}
