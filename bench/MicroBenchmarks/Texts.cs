using System.Text;
using System.Text.Json;
using Thaw.TestModels;

namespace Thaw.MicroBenchmarks;

/// <summary>The texts for the benchmarks, the same in each run.</summary>
internal static class Texts
{
    public const string Short = "Where can I find the library?";

    private const int EnglishLength = 100_000;
    private const int OtherLength = 30_000;

    private const string Chinese =
        "图书馆早上九点开门，晚上八点关门。|读者可以在里面一直坐到关门的时候。|" +
        "他昨天借了三本关于中国历史的书。|这些书下个月十号以前要还。|" +
        "如果你找不到想看的书，可以问前台的工作人员。|二楼有报纸和杂志，三楼是科学和技术。|" +
        "孩子们喜欢一楼的大房间，因为那里有很多画册。|天气好的时候，很多人在外面的花园里看书。|" +
        "老城的图书馆建于一九二五年，战后重新修建。|新的大楼由一位日本建筑师设计。|" +
        "每个星期六下午都有作家来讲他们的作品。|学生考试以前常常没有空的座位。|" +
        "网上也可以查书，并且可以先预订。|水和食物不能带进来。|" +
        "我们明天几点在门口见面？";

    public static string Of(TextKind kind) => kind switch
    {
        TextKind.Short => Short,
        TextKind.English => English(EnglishLength),
        TextKind.Chinese => Join(Chinese.Split('|'), "", OtherLength),
        _ => Join([.. SampleTexts()], " ", OtherLength),
    };

    /// <summary>Legal prose, the longest English text in the repository: distinct paragraphs of the notices.</summary>
    public static string English(int length)
    {
        string notices = File.ReadAllText(Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.txt"));
        return Join([.. notices.Split("\n\n").Where(paragraph => paragraph.Length >= 200 && Ascii.IsValid(paragraph)).Distinct()], "\n\n", length);
    }

    // Messages in 30 languages, except those with added tokens or characters that the plain implementation does not know.
    private static IEnumerable<string> SampleTexts() => File.ReadLines(Path.Combine(SampleModel.Directory, "goldens.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!)
        .Where(text => text.All(PlainWordPiece.Knows) && !text.Contains('['));

    /// <summary>Repeats the parts, each time in another order, up to that length.</summary>
    private static string Join(string[] parts, string separator, int length)
    {
        var random = new Random(1);
        var text = new StringBuilder();
        while (text.Length < length)
        {
            random.Shuffle(parts);
            text.AppendJoin(separator, parts).Append(separator);
        }

        return text.ToString(0, length);
    }
}
