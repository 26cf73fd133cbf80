using System.Text.Json;
using Thaw.Tokenizers.AddedTokens;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// tokenizer_config.json, with special_tokens_map.json and added_tokens.json if the first is of the older kind that does not list the added
/// tokens: the settings with which AutoTokenizer overrides the tokenizer's own.
/// </summary>
internal sealed class TokenizerConfig
{
    public const string FileName = "tokenizer_config.json";
    public const string SpecialTokensFileName = "special_tokens_map.json";
    public const string AddedTokensFileName = "added_tokens.json";

    private const string Additional = "additional_special_tokens ";

    private static readonly string[] TokenNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    // By name, and the additional ones by their text after the name.
    private readonly Dictionary<string, AddedToken> _named = [];

    // The names of tokens that the files give only the text of.
    private readonly HashSet<string> _plain = [];

    private JsonPlace? _root;

    public bool? LowerCase { get; private set; }
    public JsonPlace? StripAccents { get; private set; }
    public bool? ChineseChars { get; private set; }
    public bool? AddPrefixSpace { get; private set; }

    /// <summary>The class as tokenizer_config.json names it; null if it does not.</summary>
    public string? TokenizerClass { get; private set; }

    /// <summary>Whether the named class uses the tokenizer exactly as its file describes it.</summary>
    public bool IsGeneric => TokenizerClass is "PreTrainedTokenizerFast" or "PreTrainedTokenizer" or "TokenizersBackend";

    public int MaxLength { get; private set; } = int.MaxValue;
    public bool TruncatesLeft { get; private set; }

    /// <summary>The file that <see cref="AddedTokens"/> are from.</summary>
    public string ListName { get; private set; } = FileName;

    /// <summary>Tokens with the ids that the files give them, in the order in which they are added to the vocabulary.</summary>
    public List<AddedToken> AddedTokens { get; } = [];

    /// <summary>A setting that only some classes have; null if the file does not have it.</summary>
    public JsonPlace? Find(string name) => _root?.FindValue(name);

    /// <summary>The token that the files name pad_token, for example; null if they name none.</summary>
    public string? Named(string name) => _named.GetValueOrDefault(name)?.Content;

    public static TokenizerConfig Read(FileReader files)
    {
        var config = new TokenizerConfig();
        bool listsTokens = false;
        if (files.TryRead(FileName) is { } bytes)
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
            if (files.TryRead(SpecialTokensFileName) is { } map)
                config.ReadNamedTokens(JsonPlace.Parse(SpecialTokensFileName, map));
            if (files.TryRead(AddedTokensFileName) is { } added)
                config.ReadAddedTokens(JsonPlace.Parse(AddedTokensFileName, added));
        }

        return config;
    }

    /// <summary>Gives the tokens that the files do not name, or only by their text, the class's own form.</summary>
    public void UseDefaults(IEnumerable<(string Name, AddedToken Token)> defaults)
    {
        foreach ((string name, AddedToken token) in defaults)
        {
            if (!_named.TryGetValue(name, out AddedToken? named))
                _named.Add(name, token);
            else if (_plain.Contains(name))
                _named[name] = token with { Content = named.Content };
        }
    }

    /// <summary>Number of additional special tokens that begin with a text.</summary>
    public int CountAdditional(string start) => _named.Keys.Count(name => name.StartsWith(Additional + start, StringComparison.Ordinal));

    /// <summary>Gives additional special tokens of the class that the files do not name.</summary>
    public void UseAdditional(IEnumerable<string> contents)
    {
        foreach (string content in contents)
            _named.TryAdd(Additional + content, new AddedToken(content) { Special = true });
    }

    /// <summary>All tokens to add to the tokenizer's own: first those that are listed, then those that are only named.</summary>
    public IEnumerable<AddedToken> AllTokens()
    {
        var listed = AddedTokens.Select(token => token.Content).ToHashSet();
        var special = _named.Values.Select(token => token.Content).ToHashSet();
        foreach (AddedToken token in AddedTokens)
            yield return token with { Special = token.Special || special.Contains(token.Content) };
        foreach (AddedToken token in InOrder().Where(token => listed.Add(token.Content)))
            yield return token with { Special = true };
    }

    // As the reference adds them, in the order of their names.
    private IEnumerable<AddedToken> InOrder() =>
        TokenNames.Where(_named.ContainsKey).Concat(_named.Keys.Where(name => name.StartsWith(Additional, StringComparison.Ordinal)))
            .Select(name => _named[name]);

    private void ReadSettings(JsonPlace root)
    {
        _root = root;
        LowerCase = root.FindValue("do_lower_case")?.Flag();
        StripAccents = root.Find("strip_accents");
        ChineseChars = root.FindValue("tokenize_chinese_chars")?.Flag();
        AddPrefixSpace = root.FindValue("add_prefix_space")?.Flag();
        TokenizerClass = root.FindValue("tokenizer_class")?.Text();
        if (root.FindValue("do_basic_tokenize") is { } basic && !basic.Flag())
            throw basic.Error("false is not supported: it needs text that is already split into words.");
        RequireType(root, "word_tokenizer_type", "basic");
        RequireType(root, "subword_tokenizer_type", "wordpiece");
        if (root.FindValue("truncation_side") is { } side)
            TruncatesLeft = side.Text() switch { "left" => true, "right" => false, _ => throw side.Error("expected \"left\" or \"right\".") };
        if ((root.FindValue("model_max_length") ?? root.FindValue("max_len")) is { } length)
            MaxLength = ReadMaxLength(length);
    }

    /// <summary>The settings of Japanese tokenizers, which split words with programs of their own.</summary>
    private static void RequireType(JsonPlace root, string name, string supported)
    {
        if (root.FindValue(name) is { } type && type.Text() != supported)
            throw type.Error($"\"{type.Text()}\" is not supported, only \"{supported}\". Use a model that needs no program to split words.");
    }

    // "No limit" is written as 1e30, with more digits than any integer type can hold.
    private static int ReadMaxLength(JsonPlace length)
    {
        if (length.Value.ValueKind != JsonValueKind.Number || !length.Value.TryGetDouble(out double value) || !(value >= 1))
            throw length.Error($"expected a number of at least 1, not {length.Value.GetRawText()}.");
        return value >= int.MaxValue ? int.MaxValue : (int)value;
    }

    private void ReadNamedTokens(JsonPlace root)
    {
        foreach (string name in TokenNames)
        {
            if (root.FindValue(name) is not { } place)
                continue;
            _named[name] = ReadToken(place, special: true);
            if (place.Value.ValueKind == JsonValueKind.String)
                _plain.Add(name);
            else
                _plain.Remove(name);
        }

        if (root.FindValue("additional_special_tokens") is not { } additional)
            return;
        foreach (JsonPlace place in additional.Items())
        {
            AddedToken token = ReadToken(place, special: true);
            _named[Additional + token.Content] = token;
        }
    }

    private void ReadDecoder(JsonPlace decoder)
    {
        var byId = new SortedDictionary<int, AddedToken>();
        foreach ((string name, JsonPlace place) in decoder.Properties())
        {
            if (!int.TryParse(name, out int id) || id < 0)
                throw place.Error("the key must be a token id.");
            byId[id] = ReadToken(place, special: false) with { Id = id };
        }

        AddedTokens.AddRange(byId.Values);
    }

    private void ReadAddedTokens(JsonPlace root)
    {
        ListName = AddedTokensFileName;
        IEnumerable<(int Id, string Content)> tokens = root.Properties().Select(property => (property.Value.Id(), property.Name));
        var special = _named.Values.Select(token => token.Content).ToHashSet();
        AddedTokens.AddRange(tokens.OrderBy(token => token.Id)
            .Select(token => new AddedToken(token.Content)
            {
                Id = token.Id, Special = special.Contains(token.Content), Normalized = !special.Contains(token.Content),
            }));
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
