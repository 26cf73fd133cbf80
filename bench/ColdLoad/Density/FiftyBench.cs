using System.Diagnostics;
using Thaw.ColdLoad.Models;
using Thaw.Harness;
using Thaw.Harness.Measuring;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.ColdLoad.Density;

/// <summary>Many different BERT-base models in memory, all answering at once.</summary>
internal static class FiftyBench
{
    private const string ModelName = ExportedModel.ModelName;

    private sealed record Report(
        Machine Machine, string Version, int Models, long ModelBytes, double MedianLoadMilliseconds, double MedianAnswerMilliseconds,
        int WrongAnswers, MappedMemory Loaded, MappedMemory Answered, MappedMemory AnsweredTwice);

    /// <returns>Whether every answer was the right one for its model.</returns>
    public static bool Run(BenchOptions options, Binary binary)
    {
        using var store = new ModelStore(options.WorkFolder);
        long size = BertModelFile.Measure(BertOptions.BertBase).ModelBytes;
        store.Require(size * (options.Count + 1));
        var progress = new Progress(options.Count * 4);
        string original = store.Raw("bert-base", BertOptions.BertBase);
        List<string> directories = [];
        for (int i = 1; i <= options.Count; i++)
        {
            int seed = i;
            directories.Add(store.Make(Results.Text($"bert-base-{i}"), directory => Copy(original, directory, seed)));
            progress.Step($"{directories[^1]} written");
        }

        using RunningServer server = binary.Serve(LoadedModels.Environment(store));
        var models = new LoadedModels(server);
        List<double> loads = [];
        foreach (string directory in directories)
        {
            long start = Stopwatch.GetTimestamp();
            models.Load(Path.GetFileName(directory), directory);
            loads.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            progress.Step(Results.Text($"{Path.GetFileName(directory)} loaded in {loads[^1]:F0} ms"));
        }

        MappedMemory loaded = MappedMemory.Read(server.Process.Id, store.Folder);
        var answers = new Answers();
        List<double> times = [];
        AskAll();
        MappedMemory answered = MappedMemory.Read(server.Process.Id, store.Folder);
        AskAll();
        MappedMemory twice = MappedMemory.Read(server.Process.Id, store.Folder);
        var report = new Report(
            Machine.Read(), binary.ReadVersion(), options.Count, size * options.Count, Spread.Quantile(loads, 0.5), Spread.Quantile(times, 0.5),
            answers.Wrong, loaded, answered, twice);
        Print(report);
        if (options.Output is not null) Results.Write(Path.Combine(options.Output, "fifty.json"), report);
        return report.WrongAnswers == 0;

        // A thread for each, so all at once; one answer alone would take less time.
        void AskAll() => Task.WaitAll(directories.Select(directory => Task.Factory.StartNew(() => Ask(directory), TaskCreationOptions.LongRunning)));

        void Ask(string directory)
        {
            string name = Path.GetFileName(directory);
            long start = Stopwatch.GetTimestamp();
            string answer = Question.Ask(server.Port, name);
            double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            lock (answers)
            {
                times.Add(time);
                answers.Add(name, answer);
                progress.Step($"{name} answered");
            }
        }
    }

    /// <summary>Copies all bytes, because links would share their pages, and gives the question's words other embeddings.</summary>
    private static void Copy(string original, string directory, int seed)
    {
        Directory.CreateDirectory(directory);
        foreach (string file in Directory.EnumerateFiles(original)) File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
        WordEmbeddings.Change(Path.Combine(directory, ModelName), BertOptions.BertBase.HiddenSize, Question.Ids, seed);
    }

    private static void Print(Report report) => Console.WriteLine(Results.Text($"""

        different BERT-base models          {report.Models,9}
        their size                          {Results.Megabytes(report.ModelBytes)} MB
        load, p50                           {report.MedianLoadMilliseconds,9:F1} ms
        answer, p50, all asked at once      {report.MedianAnswerMilliseconds,9:F1} ms
        wrong answers                       {report.WrongAnswers,9}

        memory of the process, MB             private    models
        all loaded                          {Results.Megabytes(report.Loaded.Private)} {Results.Megabytes(report.Loaded.Model)}
        each has answered                   {Results.Megabytes(report.Answered.Private)} {Results.Megabytes(report.Answered.Model)}
        each has answered twice             {Results.Megabytes(report.AnsweredTwice.Private)} {Results.Megabytes(report.AnsweredTwice.Model)}
        """));
}
