using Thaw.Tokenizers.PreTokenizers;

namespace Thaw.Tokenizers.Files;

/// <summary>A pre-tokenizer that splits by a pattern.</summary>
internal static class SplitJson
{
    public static SplittingPreTokenizer Read(JsonPlace section)
    {
        JsonPlace pattern = section.Get("pattern");
        SplitBehavior behavior = Behavior(section.Get("behavior"));
        bool invert = section.Get("invert").Flag();
        if (pattern.Find("String") is { } text)
            return new TextSplit(text.NotEmptyUtf8(), behavior, invert);
        JsonPlace regex = pattern.Get("Regex");
        WordPattern known = WordPattern.Of(regex.Text())
            ?? throw regex.Error($"\"{regex.Text()}\" is not supported, only the patterns of GPT-2, of GPT-4 and Llama 3, and of Qwen 2.");
        return new PatternSplit(known, behavior, invert);
    }

    public static SplitBehavior Behavior(JsonPlace place) => place.Text() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw place.Error("expected Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous."),
    };
}
