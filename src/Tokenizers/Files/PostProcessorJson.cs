using System.Text.Json;

namespace Thaw.Tokenizers;

/// <summary>The post_processor section: which special tokens stand around one text and around two.</summary>
internal static class PostProcessorJson
{
    private static readonly Template OneText = new([Template.Text(0)]);

    // Without a post-processor the reference gives the second text's tokens type 1 all the same.
    private static readonly Template TwoTexts = new([Template.Text(0), Template.Text(1, typeId: 1)]);

    public static (Template Single, Template Pair) Read(JsonPlace section)
    {
        if (section.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return (OneText, TwoTexts);
        return TokenizerJson.Type(section) switch
        {
            "BertProcessing" => Bert(TokenAndId(section.Get("cls")), TokenAndId(section.Get("sep"))),
            "TemplateProcessing" => (ReadTemplate(section, "single"), ReadTemplate(section, "pair")),
            _ => throw TokenizerJson.Unsupported("post_processor", section, "BertProcessing and TemplateProcessing"),
        };
    }

    /// <summary>[CLS] A [SEP], and [CLS] A [SEP] B [SEP] with type 1 for the second part.</summary>
    public static (Template Single, Template Pair) Bert(int cls, int sep) => (
        new Template([Template.Special(cls), Template.Text(0), Template.Special(sep)]),
        new Template([Template.Special(cls), Template.Text(0), Template.Special(sep), Template.Text(1, 1), Template.Special(sep, 1)]));

    private static int TokenAndId(JsonPlace place) =>
        place.Items().ToArray() is [_, var id] ? id.Id() : throw place.Error("a token and its id were expected.");

    private static Template ReadTemplate(JsonPlace section, string name)
    {
        JsonPlace place = section.Get(name);
        TemplatePart[] parts = [.. Parts(place, section.Get("special_tokens"))];
        int texts = name == "single" ? 1 : 2;
        for (int text = 0; text < 2; text++)
        {
            int uses = parts.Count(part => part.Text == text);
            if (uses != (text < texts ? 1 : 0))
                throw place.Error($"the text {"AB"[text]} is used {uses} times; only templates that use each text once are supported.");
        }

        return new Template(parts);
    }

    private static IEnumerable<TemplatePart> Parts(JsonPlace template, JsonPlace specialTokens)
    {
        foreach (JsonPlace item in template.Items())
        {
            if (item.Find("Sequence") is { } sequence)
            {
                int text = sequence.Get("id").Text() switch { "A" => 0, "B" => 1, _ => throw sequence.Get("id").Error("A or B was expected.") };
                yield return Template.Text(text, TypeId(sequence));
            }
            else if (item.Find("SpecialToken") is { } token)
            {
                foreach (JsonPlace id in specialTokens.Get(token.Get("id").Text()).Get("ids").Items())
                    yield return Template.Special(id.Id(), TypeId(token));
            }
            else
                throw item.Error("a Sequence or a SpecialToken was expected.");
        }
    }

    private static byte TypeId(JsonPlace place) =>
        place.Get("type_id") is var type && type.Id() is <= byte.MaxValue and var id ? (byte)id : throw type.Error("only token types up to 255 are supported.");
}
