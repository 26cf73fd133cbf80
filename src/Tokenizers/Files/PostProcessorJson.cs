using System.Text.Json;
using Thaw.Tokenizers.PostProcessors;

namespace Thaw.Tokenizers.Files;

/// <summary>The post_processor section: which special tokens stand around one text and around two.</summary>
internal static class PostProcessorJson
{
    private const string Supported = "BertProcessing, ByteLevel, RobertaProcessing, TemplateProcessing and Sequence";

    // Without a template the reference gives the second text's tokens type 1 all the same.
    private static readonly PostProcessor None = new(new Template([Template.Text(0)]), new Template([Template.Text(0), Template.Text(1, typeId: 1)]));

    public static PostProcessor Read(JsonPlace section)
    {
        if (section.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return None;
        return TokenizerJson.Type(section) switch
        {
            "BertProcessing" => Bert(TokenAndId(section.Get("cls")), TokenAndId(section.Get("sep"))),
            "ByteLevel" => None with { Trim = ReadTrim(section) },
            "RobertaProcessing" => Roberta(TokenAndId(section.Get("cls")), TokenAndId(section.Get("sep"))) with { Trim = ReadTrim(section) },
            "TemplateProcessing" => new PostProcessor(ReadTemplate(section, "single"), ReadTemplate(section, "pair")),
            "Sequence" => ReadSequence(section.Get("processors")),
            _ => throw TokenizerJson.Unsupported("post_processor", section, Supported),
        };
    }

    /// <summary>[CLS] A [SEP], and [CLS] A [SEP] B [SEP] with type 1 for the second part.</summary>
    public static PostProcessor Bert(int cls, int sep) => new(
        new Template([Template.Special(cls), Template.Text(0), Template.Special(sep)]),
        new Template([Template.Special(cls), Template.Text(0), Template.Special(sep), Template.Text(1, 1), Template.Special(sep, 1)]));

    /// <summary>&lt;s&gt; A &lt;/s&gt;, and &lt;s&gt; A &lt;/s&gt;&lt;/s&gt; B &lt;/s&gt;; all of type 0.</summary>
    private static PostProcessor Roberta(int cls, int sep) => new(
        new Template([Template.Special(cls), Template.Text(0), Template.Special(sep)]),
        new Template([Template.Special(cls), Template.Text(0), Template.Special(sep), Template.Special(sep), Template.Text(1), Template.Special(sep)]));

    private static OffsetTrim? ReadTrim(JsonPlace section)
    {
        bool keepsAddedSpace = section.Get("add_prefix_space").Flag();
        return section.Get("trim_offsets").Flag() ? new OffsetTrim(keepsAddedSpace) : null;
    }

    /// <summary>One that only trims offsets, and behind it one with a template; either may be missing.</summary>
    private static PostProcessor ReadSequence(JsonPlace processors)
    {
        PostProcessor all = None;
        foreach (JsonPlace place in processors.Items())
        {
            PostProcessor next = Read(place);
            bool trimsTwice = next.Trim is not null && (all.Trim is not null || all.Single != None.Single);
            bool hasTemplate = next.Single != None.Single;
            if (trimsTwice || (hasTemplate && all.Single != None.Single))
                throw place.Error("a Sequence is supported only if one that trims offsets comes first, and only one puts special tokens around the text.");
            all = (hasTemplate ? next : all) with { Trim = next.Trim ?? all.Trim };
        }

        return all;
    }

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
