using System.Text.Json;
using Thaw.Harness;

namespace Thaw.ContainerImage;

/// <summary>The last stage of a Dockerfile.</summary>
public sealed record ImageRecipe
{
    /// <summary>The base image, with the arguments' defaults filled in.</summary>
    public string Base { get; private set; } = "";

    public List<CopyStep> Layers { get; } = [];

    public Dictionary<string, string> Environment { get; } = [];

    public Dictionary<string, string> Labels { get; } = [];

    /// <summary>USER:GROUP, both numbers.</summary>
    public string User { get; private set; } = "0:0";

    public string StopSignal { get; private set; } = "";

    public string[] Entrypoint { get; private set; } = [];

    public string[] Command { get; private set; } = [];

    public string[] HealthCheck { get; private set; } = [];

    /// <exception cref="HarnessException">The last stage has an instruction that only a container engine can carry out, so what is made here would
    /// differ from it.</exception>
    public static ImageRecipe Read(string dockerfile)
    {
        List<Instruction> instructions = Instruction.Read(dockerfile);
        int from = instructions.FindLastIndex(instruction => instruction.Name == "FROM");
        if (from < 0) throw new HarnessException($"{dockerfile} has no FROM.");
        var recipe = new ImageRecipe { Base = instructions[from].Text.Split(' ')[0] };
        foreach (Instruction argument in instructions.TakeWhile(instruction => instruction.Name != "FROM"))
        {
            (string name, string value) = Pairs(argument.Text).Single();
            recipe.Base = recipe.Base.Replace($"${{{name}}}", value);
        }

        foreach (Instruction instruction in instructions.Skip(from + 1)) recipe.Add(instruction);
        return recipe;
    }

    private void Add(Instruction instruction)
    {
        string text = instruction.Text;
        switch (instruction.Name)
        {
            case "COPY" when text.Split(' ') is [var from, var source, var destination] && from.StartsWith("--from=", StringComparison.Ordinal):
                Layers.Add(new CopyStep(from["--from=".Length..], source, destination));
                break;
            case "ENV":
                foreach ((string name, string value) in Pairs(text)) Environment[name] = value;
                break;
            case "LABEL":
                foreach ((string name, string value) in Pairs(text)) Labels[name] = value;
                break;
            case "USER":
                User = text;
                break;
            case "STOPSIGNAL":
                StopSignal = text;
                break;
            case "ENTRYPOINT":
                Entrypoint = List(text);
                break;
            case "CMD":
                Command = List(text);
                break;
            case "HEALTHCHECK":
                HealthCheck = List(text[text.IndexOf('[')..]);
                break;
            case "EXPOSE":
                break;
            default:
                throw new HarnessException($"The last stage of the Dockerfile has '{instruction.Name} {text}', which needs a container engine.");
        }
    }

    private static IEnumerable<(string Name, string Value)> Pairs(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(parts => (parts[0], parts[1].Trim('"')));

    // The exec form. The shell form would need a shell, which keeps signals from the process.
    private static string[] List(string text) => JsonSerializer.Deserialize<string[]>(text)!;
}
