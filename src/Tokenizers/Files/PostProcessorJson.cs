using Thaw.Tokenizers.PostProcessors;

namespace Thaw.Tokenizers.Files;

/// <summary>The post_processor section: which special tokens are added to one text and to two texts.</summary>
internal static class PostProcessorJson
{
    private const string Supported = "BertProcessing, ByteLevel, RobertaProcessing, TemplateProcessing and Sequence";

    // Even without a template, the reference gives the tokens of the second text type 1.
    public static readonly PostProcessor None = new(new Template([Template.Text(0)]), new Template([Template.Text(0), Template.Text(1, typeId: 1)]));

    public static PostProcessor Read(JsonPlace section)
    {
        if (section.IsAbsent)
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
    public static PostProcessor Roberta(int cls, int sep) => new(
        new Template([Template.Special(cls), Template.Text(0), Template.Special(sep)]),
        new Template([Template.Special(cls), Template.Text(0), Template.Special(sep), Template.Special(sep), Template.Text(1), Template.Special(sep)]));

    /// <summary>BOS A, and BOS A B with type 1 for the second text.</summary>
    public static PostProcessor Prefix(int bos) => new(
        new Template([Template.Special(bos), Template.Text(0)]), new Template([Template.Special(bos), Template.Text(0), Template.Text(1, typeId: 1)]));

    /// <summary>A EOS, and A EOS B EOS; all of type 0.</summary>
    public static PostProcessor Suffix(int eos) => new(
        new Template([Template.Text(0), Template.Special(eos)]),
        new Template([Template.Text(0), Template.Special(eos), Template.Text(1), Template.Special(eos)]));

    private static OffsetTrim? ReadTrim(JsonPlace section)
    {
        bool keepsAddedSpace = section.Get("add_prefix_space").Flag();
        return section.Get("trim_offsets").Flag() ? new OffsetTrim(keepsAddedSpace) : null;
    }

    /// <summary>Accepts a processor that only trims offsets, followed by one with a template; either may be missing.</summary>
    private static PostProcessor ReadSequence(JsonPlace processors)
    {
        PostProcessor all = None;
        foreach (JsonPlace place in processors.Items())
        {
            PostProcessor next = Read(place);
            bool trimsTwice = next.Trim is not null && (all.Trim is not null || all.Single != None.Single);
            bool hasTemplate = next.Single != None.Single;
            if (trimsTwice || (hasTemplate && all.Single != None.Single))
                throw place.Error("a Sequence may have one processor that trims offsets, then one that adds special tokens. Nothing else is supported.");
            all = (hasTemplate ? next : all) with { Trim = next.Trim ?? all.Trim };
        }

        return all;
    }

    private static int TokenAndId(JsonPlace place) =>
        place.Items().ToArray() is [_, var id] ? id.Id() : throw place.Error("expected a token and its id.");

    private static Template ReadTemplate(JsonPlace section, string name)
    {
        JsonPlace place = section.Get(name);
        TemplatePart[] parts = [.. Parts(place, section.Get("special_tokens"))];
        int texts = name == "single" ? 1 : 2;
        for (int text = 0; text < 2; text++)
        {
            int uses = parts.Count(part => part.Text == text);
            if (uses != (text < texts ? 1 : 0))
                throw place.Error($"it uses text {"AB"[text]} {uses} times. Only templates that use each of their texts once are supported.");
        }

        return new Template(parts);
    }

    private static IEnumerable<TemplatePart> Parts(JsonPlace template, JsonPlace specialTokens)
    {
        foreach (JsonPlace item in template.Items())
        {
            if (item.Find("Sequence") is { } sequence)
            {
                int text = sequence.Get("id").Text() switch { "A" => 0, "B" => 1, _ => throw sequence.Get("id").Error("expected A or B.") };
                yield return Template.Text(text, TypeId(sequence));
            }
            else if (item.Find("SpecialToken") is { } token)
            {
                foreach (JsonPlace id in specialTokens.Get(token.Get("id").Text()).Get("ids").Items())
                    yield return Template.Special(id.Id(), TypeId(token));
            }
            else
                throw item.Error("expected a Sequence or a SpecialToken.");
        }
    }

    private static byte TypeId(JsonPlace place) =>
        place.Get("type_id") is var type && type.Id() is <= byte.MaxValue and var id ? (byte)id : throw type.Error("only token types up to 255 are supported.");
}
