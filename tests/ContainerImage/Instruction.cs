using System.Text;

namespace Thaw.ContainerImage;

/// <summary>An instruction of a Dockerfile, its continued lines joined.</summary>
public sealed record Instruction(string Name, string Text)
{
    public static List<Instruction> Read(string dockerfile)
    {
        List<Instruction> instructions = [];
        var text = new StringBuilder();
        foreach (string line in File.ReadLines(dockerfile).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            text.Append(line.TrimEnd('\\').TrimEnd()).Append(' ');
            if (line[^1] == '\\') continue;
            string[] parts = text.ToString().Trim().Split(' ', 2);
            instructions.Add(new Instruction(parts[0].ToUpperInvariant(), parts.Length == 2 ? parts[1].Trim() : ""));
            text.Clear();
        }

        return instructions;
    }
}
