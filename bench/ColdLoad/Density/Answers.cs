namespace Thaw.ColdLoad.Density;

/// <summary>Checks that each model keeps its own answer: the first one differs from those of all other models, and later ones equal it.</summary>
internal sealed class Answers
{
    // Far more than two ways of multiplying differ by, far less than the logits of two models.
    private const double Same = 1e-3;

    private readonly Dictionary<string, float[]> _first = [];

    public int Wrong { get; private set; }

    public void Add(string model, string answer)
    {
        float[] logits = Question.Logits(answer);
        bool right = _first.TryGetValue(model, out float[]? before)
            ? Question.Distance(before, logits) <= Same
            : _first.Values.All(other => Question.Distance(other, logits) > Same);
        _first.TryAdd(model, logits);
        if (!right) Wrong++;
    }
}
