using System.Diagnostics;
using Thaw.ColdLoad.Models;
using Thaw.Harness;
using Thaw.Harness.Measuring;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.ColdLoad.Density;

/// <summary>Thousands of small models, all different, loaded at once: load time and memory by the number of models that are loaded.</summary>
internal static class AtOnceBench
{
    private const string Title = "2 layers of 64, 512 pieces";
    private const int Connections = 2;
    private const int LongestWindow = 100;

    private static readonly BertOptions Shape = BertOptions.Tiny with { VocabularySize = 512 };

    /// <returns>Whether every answer was the right one for its model.</returns>
    public static bool Run(BenchOptions options, Binary binary)
    {
        using var store = new ModelStore(options.WorkFolder);
        int count = options.AtOnce;
        long size = BertModelFile.Measure(Shape).ModelBytes;
        store.Require(size * count);
        var answers = new Answers();
        string[] directories = Write(store, count, answers);
        using RunningServer server = binary.Serve(LoadedModels.Environment(store));
        double[] loads = new double[count], firsts = new double[count], later = new double[count];
        List<AtOnceRow> rows = [];
        int done = 0;
        foreach (int number in Numbers(count))
        {
            Share(done, number, Load);
            int from = Math.Max(number / 2, number - LongestWindow);
            ProcessMemory memory = ProcessMemory.Read(server.Process.Id);
            rows.Add(new AtOnceRow(
                number, number - from, Spread.Quantile(loads[from..number], 0.5), Spread.Quantile(firsts[from..number], 0.5), memory.Private,
                memory.PageTables));
            Console.WriteLine(Line(rows[^1]));
            done = number;
        }

        int[] order = [.. Enumerable.Range(0, count)];
        new Random(1).Shuffle(order);
        Share(0, count, i => later[i] = Ask(order[i]));
        var report = new AtOnceReport(
            Machine.Read(), binary.ReadVersion(), Title, count, size, Connections, 2 * count, answers.Wrong, Spread.Quantile(later, 0.5), rows);
        Print(report);
        if (options.Output is not null)
        {
            Results.Write(Path.Combine(options.Output, "at-once.json"), report);
            File.WriteAllText(Path.Combine(options.Output, "at-once.svg"), AtOnceChart.Draw(report));
        }

        return report.WrongAnswers == 0;

        void Load(int i)
        {
            long start = Stopwatch.GetTimestamp();
            LoadRequest.Send(server.Port, Path.GetFileName(directories[i]), directories[i]);
            loads[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            firsts[i] = Ask(i);
        }

        double Ask(int i)
        {
            string name = Path.GetFileName(directories[i]);
            long start = Stopwatch.GetTimestamp();
            string answer = Question.Ask(server.Port, name);
            double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            lock (answers) answers.Add(name, answer);
            return time;
        }
    }

    /// <summary>1, 2, 5, 10, 20 and so on, and the last.</summary>
    private static IEnumerable<int> Numbers(int count)
    {
        for (int decade = 1; decade < count; decade *= 10)
        {
            foreach (int step in (int[])[1, 2, 5])
            {
                if (step * decade < count) yield return step * decade;
            }
        }

        yield return count;
    }

    /// <summary>Writes the models, each with weights of its own, and computes what each must answer without ONNX Runtime. The files except the ONNX
    /// model are on the disk once.</summary>
    private static string[] Write(ModelStore store, int count, Answers answers)
    {
        var progress = new Progress(count);
        string[] directories = new string[count];
        int[] ids = [.. Question.Ids.Select(id => (int)id)], mask = [.. ids.Select(_ => 1)];
        WriteOne(0);
        Parallel.For(1, count, WriteOne);
        return directories;

        void WriteOne(int i)
        {
            BertOptions model = Shape with { Seed = i + 1 };
            directories[i] = store.Make(Results.Text($"small-{i + 1}"), directory =>
            {
                ExportedModel.Write(directory, model);
                if (i > 0) SharedFiles.Link(directories[0], directory, except: ExportedModel.ModelName);
            });
            float[] logits = new ReferenceBert(model).Logits(ids, mask);
            lock (answers)
            {
                answers.Expect(Path.GetFileName(directories[i]), logits);
                if ((answers.Expected % 1000) == 0) progress.Step(Results.Text($"{answers.Expected} small models written"), 1000);
            }
        }
    }

    /// <summary>Does each number from <paramref name="from"/> to before <paramref name="to"/>, in order, so many at once as there are connections.</summary>
    private static void Share(int from, int to, Action<int> take)
    {
        int next = from - 1;
        Task.WaitAll(Enumerable.Range(0, Connections).Select(_ => Task.Factory.StartNew(TakeAll, TaskCreationOptions.LongRunning)));

        void TakeAll()
        {
            for (int i; (i = Interlocked.Increment(ref next)) < to;) take(i);
        }
    }

    private static void Print(AtOnceReport report) => Console.WriteLine(Results.Text($"""

        models ({report.Model}), size of one    {report.Models,9} {report.ModelBytes / 1e6:F2} MB
        answers, wrong ones                 {report.Answers,9} {report.WrongAnswers}
        answer, all loaded, p50             {report.MedianAnswerMilliseconds,9:F1} ms
        private memory, page tables of one  {report.PrivatePerModel / 1e3,9:F1} {report.PageTablesPerModel / 1e3:F1} kB
        """));

    private static string Line(AtOnceRow row) => Results.Text(
        $"{row.Number,6} loaded: load {row.Load:F1} ms, first answer {row.First:F1} ms (p50 of {row.Loads}), ") +
        Results.Text($"private {row.Private / 1e6:F1} MB, page tables {row.PageTables / 1e6:F1} MB");
}
