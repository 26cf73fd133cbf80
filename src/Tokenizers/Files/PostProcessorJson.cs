using System.Text.Json;

namespace Thaw.Tokenizers;

/// <summary>The post_processor section: which special tokens stand around one text and around two.</summary>
internal static class PostProcessorJson
{
    public static (Template Single, Template Pair) Read(JsonPlace section)
    {
        if (section.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return (new Template([], []), new Template([], []));
        return TokenizerJson.Type(section) switch
        {
            "BertProcessing" => ReadBert(section),
            "TemplateProcessing" => (ReadSingle(section), ReadPair(section)),
            _ => throw TokenizerJson.Unsupported("post_processor", section, "BertProcessing and TemplateProcessing"),
        };
    }

    private static (Template Single, Template Pair) ReadBert(JsonPlace section)
    {
        int[] cls = [TokenAndId(section.Get("cls"))];
        int[] sep = [TokenAndId(section.Get("sep"))];
        return (new Template(cls, sep), new Template(cls, sep) { Between = sep, BetweenOfFirst = 1 });
    }

    private static int TokenAndId(JsonPlace place) =>
        place.Items().ToArray() is [_, var id] ? id.Id() : throw place.Error("a token and its id were expected.");

    private static Template ReadSingle(JsonPlace section)
    {
        JsonPlace place = section.Get("single");
        var before = new List<int>();
        var after = new List<int>();
        bool seen = false;
        foreach (Part part in Parts(place, section.Get("special_tokens")))
        {
            if (part.Type != 0)
                throw place.Error("a token type other than 0 for a single text is not supported.");
            if (part.Sequence is null)
                (seen ? after : before).AddRange(part.Ids);
            else if (part.Sequence == "A" && !seen)
                seen = true;
            else
                throw place.Error("only a template that holds the text A once is supported.");
        }

        if (!seen)
            throw place.Error("the text A is missing.");
        return new Template([.. before], [.. after]);
    }

    private static Template ReadPair(JsonPlace section)
    {
        JsonPlace place = section.Get("pair");
        List<int>[] ids = [[], [], []];
        int seen = 0;
        int type = 0;
        int ofFirst = 0;
        foreach (Part part in Parts(place, section.Get("special_tokens")))
        {
            if (part.Sequence is not null)
            {
                if (seen == 2 || part.Sequence != (seen == 0 ? "A" : "B"))
                    throw place.Error("only a template that holds the texts A and B once, in this order, is supported.");
                if (part.Type != seen)
                    throw place.Error("only token type 0 for the text A and 1 for the text B is supported.");
                seen++;
            }
            else
            {
                ids[seen].AddRange(part.Ids);
                if (seen == 1 && part.Type == 0)
                    ofFirst += part.Ids.Length;
            }

            if (part.Type < type || (seen == 0 && part.Type != 0) || part.Type > 1)
                throw place.Error("only token types that change once, from 0 to 1, are supported.");
            type = part.Type;
        }

        if (seen != 2)
            throw place.Error("the texts A and B are both needed.");
        return new Template([.. ids[0]], [.. ids[2]]) { Between = [.. ids[1]], BetweenOfFirst = ofFirst };
    }

    private static IEnumerable<Part> Parts(JsonPlace template, JsonPlace specialTokens)
    {
        foreach (JsonPlace item in template.Items())
        {
            if (item.Find("Sequence") is { } sequence)
                yield return new Part(sequence.Get("id").Text(), [], sequence.Get("type_id").Id());
            else if (item.Find("SpecialToken") is { } token)
            {
                JsonPlace ids = specialTokens.Get(token.Get("id").Text()).Get("ids");
                yield return new Part(null, [.. ids.Items().Select(id => id.Id())], token.Get("type_id").Id());
            }
            else
                throw item.Error("a Sequence or a SpecialToken was expected.");
        }
    }

    private readonly record struct Part(string? Sequence, int[] Ids, int Type);
}
