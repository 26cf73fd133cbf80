using System.Text.Json;
using Thaw.Tokenizers.AddedTokens;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// tokenizer_config.json, and special_tokens_map.json where the first is of the older kind that does not list the added
/// tokens itself: the settings that AutoTokenizer lays over the tokenizer's own.
/// </summary>
internal sealed class TokenizerConfig
{
    public const string FileName = "tokenizer_config.json";
    public const string SpecialTokensFileName = "special_tokens_map.json";
    public const string AddedTokensFileName = "added_tokens.json";

    private static readonly string[] TokenNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly Dictionary<string, AddedToken> _named = [];

    public bool? LowerCase { get; private set; }
    public JsonPlace? StripAccents { get; private set; }
    public bool? ChineseChars { get; private set; }
    public bool? AddPrefixSpace { get; private set; }
    public string? TokenizerClass { get; private set; }

    /// <summary>Whether the class that is named takes the tokenizer as its file says.</summary>
    public bool IsGeneric => TokenizerClass is "PreTrainedTokenizerFast" or "PreTrainedTokenizer" or "TokenizersBackend";

    public int MaxLength { get; private set; } = int.MaxValue;
    public bool TruncatesLeft { get; private set; }

    /// <summary>Tokens in the order in which they join the vocabulary.</summary>
    public List<AddedToken> AddedTokens { get; } = [];

    /// <summary>What the files call pad_token and so on, or null.</summary>
    public string? Named(string name) => _named.GetValueOrDefault(name)?.Content;

    public static TokenizerConfig Read(string directory)
    {
        var config = new TokenizerConfig();
        bool listsTokens = false;
        if (ModelFile.TryRead(directory, FileName) is { } bytes)
        {
            JsonPlace root = JsonPlace.Parse(FileName, bytes);
            config.ReadSettings(root);
            config.ReadNamedTokens(root);
            listsTokens = root.Find("added_tokens_decoder") is not null;
            if (listsTokens)
                config.ReadDecoder(root.Get("added_tokens_decoder"));
        }

        if (!listsTokens)
        {
            if (ModelFile.TryRead(directory, SpecialTokensFileName) is { } map)
                config.ReadNamedTokens(JsonPlace.Parse(SpecialTokensFileName, map));
            if (ModelFile.TryRead(directory, AddedTokensFileName) is { } added)
                config.ReadAddedTokens(JsonPlace.Parse(AddedTokensFileName, added));
        }

        return config;
    }

    /// <summary>BertTokenizer's own names, for files that leave them out.</summary>
    public void UseBertNames()
    {
        foreach ((string name, string content) in new[] { ("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"), ("mask_token", "[MASK]") })
            _named.TryAdd(name, new AddedToken(content) { Special = true });
    }

    /// <summary>All tokens that join the tokenizer's own: first the listed ones, then those that only have a name.</summary>
    public IEnumerable<AddedToken> AllTokens()
    {
        var listed = AddedTokens.Select(token => token.Content).ToHashSet();
        var special = _named.Values.Select(token => token.Content).ToHashSet();
        foreach (AddedToken token in AddedTokens)
            yield return token with { Special = token.Special || special.Contains(token.Content) };
        foreach (AddedToken token in _named.Values.Where(token => listed.Add(token.Content)))
            yield return token with { Special = true };
    }

    private void ReadSettings(JsonPlace root)
    {
        LowerCase = Present(root, "do_lower_case")?.Flag();
        StripAccents = root.Find("strip_accents");
        ChineseChars = Present(root, "tokenize_chinese_chars")?.Flag();
        AddPrefixSpace = Present(root, "add_prefix_space")?.Flag();
        TokenizerClass = Present(root, "tokenizer_class")?.Text();
        if (Present(root, "do_basic_tokenize") is { } basic && !basic.Flag())
            throw basic.Error("false is not supported: the text would have to be split already.");
        if (Present(root, "truncation_side") is { } side)
            TruncatesLeft = side.Text() switch { "left" => true, "right" => false, _ => throw side.Error("\"left\" or \"right\" was expected.") };
        if ((Present(root, "model_max_length") ?? Present(root, "max_len")) is { } length)
            MaxLength = ReadMaxLength(length);
    }

    // "No limit" is written as 1e30, in digits that no integer type holds.
    private static int ReadMaxLength(JsonPlace length)
    {
        if (length.Value.ValueKind != JsonValueKind.Number || !length.Value.TryGetDouble(out double value) || !(value >= 1))
            throw length.Error($"a number of at least 1 was expected, not {length.Value.GetRawText()}.");
        return value >= int.MaxValue ? int.MaxValue : (int)value;
    }

    private static JsonPlace? Present(JsonPlace root, string name) => root.Find(name) is { IsNull: false } place ? place : null;

    private void ReadNamedTokens(JsonPlace root)
    {
        foreach (string name in TokenNames)
        {
            if (Present(root, name) is { } place)
                _named[name] = ReadToken(place, special: true);
        }

        if (Present(root, "additional_special_tokens") is not { } additional)
            return;
        foreach (JsonPlace place in additional.Items())
        {
            AddedToken token = ReadToken(place, special: true);
            _named[$"additional_special_tokens {token.Content}"] = token;
        }
    }

    private void ReadDecoder(JsonPlace decoder)
    {
        var byId = new SortedDictionary<int, AddedToken>();
        foreach ((string name, JsonPlace place) in decoder.Properties())
        {
            if (!int.TryParse(name, out int id) || id < 0)
                throw place.Error("the key has to be a token id.");
            byId[id] = ReadToken(place, special: false);
        }

        AddedTokens.AddRange(byId.Values);
    }

    private void ReadAddedTokens(JsonPlace root)
    {
        IEnumerable<(int Id, string Content)> tokens = root.Properties().Select(property => (property.Value.Id(), property.Name));
        var special = _named.Values.Select(token => token.Content).ToHashSet();
        AddedTokens.AddRange(tokens.OrderBy(token => token.Id)
            .Select(token => new AddedToken(token.Content) { Special = special.Contains(token.Content), Normalized = !special.Contains(token.Content) }));
    }

    private static AddedToken ReadToken(JsonPlace place, bool special)
    {
        if (place.Value.ValueKind == JsonValueKind.String)
            return new AddedToken(place.Text()) { Special = special, Normalized = !special };

        special = place.Find("special")?.Flag() ?? special;
        return new AddedToken(place.Get("content").Text())
        {
            SingleWord = place.Find("single_word")?.Flag() ?? false,
            StripLeft = place.Find("lstrip")?.Flag() ?? false,
            StripRight = place.Find("rstrip")?.Flag() ?? false,
            Normalized = place.Find("normalized")?.Flag() ?? !special,
            Special = special,
        };
    }
}
