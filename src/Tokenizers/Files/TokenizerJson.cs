using System.Text.Json;
using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Files;

/// <summary>
/// tokenizer.json. The vocabulary goes straight into its table; the other sections are small. Anything unknown that would change ids is
/// refused by name.
/// </summary>
internal static class TokenizerJson
{
    public const string FileName = "tokenizer.json";

    public static TokenizerParts Read(byte[] json, TokenizerConfig config)
    {
        using var modelJson = new ModelJson(json);
        Dictionary<string, JsonPlace> sections = ReadSections(json, modelJson);

        JsonPlace preTokenizer = sections.GetValueOrDefault("pre_tokenizer");
        TokenModel model = modelJson.Build(PreTokenizerJson.IsByteLevel(preTokenizer));
        AddedToken[] own = [.. Tokens(sections)];
        var known = own.Select(token => token.Content).ToHashSet();
        var added = new AddedVocabulary(model, own.Concat(config.AllTokens().Where(token => known.Add(token.Content))));
        return new TokenizerParts(
            model,
            NormalizerJson.Read(sections.GetValueOrDefault("normalizer"), config),
            PreTokenizerJson.Read(preTokenizer, config),
            added.Tokens,
            PostProcessorJson.Read(sections.GetValueOrDefault("post_processor")))
        {
            Decoders = DecoderJson.Read(sections.GetValueOrDefault("decoder")),
            MaxLength = config.MaxLength,
            PadId = PadId(sections, config, added),
            TruncatesLeft = config.TruncatesLeft,
        };
    }

    private static Dictionary<string, JsonPlace> ReadSections(byte[] json, ModelJson model)
    {
        var sections = new Dictionary<string, JsonPlace>();
        var reader = new Utf8JsonReader(json);
        // Bytes of the file before those of the reader, which does not read the long lists itself.
        int read = 0;
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new TokenizerFileException(FileName, "byte 0", "expected an object.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                if (name == "model")
                    model.Read(ref reader, ref read);
                else if (name is "version" or "truncation" or "padding" or "added_tokens" or "normalizer" or "pre_tokenizer" or "post_processor" or "decoder")
                    sections[name] = new JsonPlace(FileName, name, JsonElement.ParseValue(ref reader));
                else
                    throw new TokenizerFileException(FileName, name, "the section is not supported.");
            }

            // Throws if anything follows the object.
            reader.Read();
            return sections;
        }
        catch (JsonException e)
        {
            // The reader's own line number does not count the lists.
            int at = read + (int)reader.BytesConsumed;
            throw new TokenizerFileException(FileName, $"line {FileReader.Line(json, at)}, byte {at}", JsonPlace.DamagedJson, e);
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFileException(FileName, $"byte {read + reader.TokenStartIndex}", JsonPlace.HalfSurrogate, e);
        }
    }

    private static IEnumerable<AddedToken> Tokens(Dictionary<string, JsonPlace> sections)
    {
        if (!sections.TryGetValue("added_tokens", out JsonPlace list) || list.IsAbsent)
            return [];
        return list.Items().OrderBy(place => place.Get("id").Id()).Select(place => new AddedToken(place.Get("content").Text())
        {
            SingleWord = place.Get("single_word").Flag(),
            StripLeft = place.Get("lstrip").Flag(),
            StripRight = place.Get("rstrip").Flag(),
            Normalized = place.Get("normalized").Flag(),
            Special = place.Get("special").Flag(),
        });
    }

    private static int? PadId(Dictionary<string, JsonPlace> sections, TokenizerConfig config, AddedVocabulary added)
    {
        if (config.Named("pad_token") is { } named && added.TryGetId(named, out int id))
            return id;
        if (sections.TryGetValue("padding", out JsonPlace padding) && !padding.IsAbsent && padding.Find("pad_id") is { } padId)
            return padId.Id();
        return added.TryGetId("[PAD]", out id) ? id : null;
    }

    internal static string Type(JsonPlace section) =>
        section.Value.ValueKind == JsonValueKind.Object && section.Find("type") is { } type ? type.Text() : "none";

    internal static TokenizerFileException Unsupported(string name, JsonPlace section, string supported) =>
        new(FileName, $"{section.Path}.type", $"{Type(section)} is not supported as a {name}, only {supported}.");
}
