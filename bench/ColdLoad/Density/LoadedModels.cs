using Thaw.ColdLoad.Models;
using Thaw.Harness;

namespace Thaw.ColdLoad.Density;

/// <summary>
/// Manages the models of one server as a platform does: loads a model when a request needs it, and if the load is answered with 507,
/// unloads the least recently used model and tries again.
/// </summary>
internal sealed class LoadedModels(RunningServer server)
{
    // The least recently used comes first.
    private readonly LinkedList<string> _loaded = [];

    /// <summary>Variables for the server: its cache is beside the models and is deleted with them; without log lines for each load, because
    /// no one reads the pipe and it would fill.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Environment(ModelStore store) =>
        [new("THAW_CACHE_DIR", Path.Combine(store.Folder, "cache")), new("THAW_LOG_LEVEL", "error")];

    public int Loads { get; private set; }

    /// <summary>Loads that were answered with 507.</summary>
    public int Refusals { get; private set; }

    public int Unloads { get; private set; }

    public int Count => _loaded.Count;

    /// <summary>Asks a model, and loads it first if it is not loaded.</summary>
    /// <returns>The answer, and whether the model was loaded for it.</returns>
    /// <exception cref="HarnessException">The model was refused although no other is loaded, or the server answered with an error.</exception>
    public (string Answer, bool Cold) Ask(string name, string directory)
    {
        bool cold = !_loaded.Remove(name);
        if (cold) Load(name, directory);
        else _loaded.AddLast(name);
        return (Question.Ask(server.Port, name), cold);
    }

    /// <summary>Loads a model that is not loaded.</summary>
    /// <inheritdoc cref="Ask"/>
    public void Load(string name, string directory)
    {
        string body = LoadRequest.Body(name, directory);
        while (true)
        {
            (int status, string answer) = HttpProbe.Ask(server.Port, "POST", "/models", body);
            if (status == 200) break;
            if (status != 507) throw new HarnessException($"The load of {name} was answered with {status}: {answer}");
            Refusals++;
            if (_loaded.First is not { Value: var oldest }) throw new HarnessException($"{name} does not fit although no other model is loaded: {answer}");
            HttpProbe.Send(server.Port, "DELETE", $"/models/{oldest}");
            _loaded.RemoveFirst();
            Unloads++;
        }

        _loaded.AddLast(name);
        Loads++;
    }
}
