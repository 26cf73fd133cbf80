using System.Text.Json;
using Thaw.ColdLoad.Models;
using Thaw.Harness;

namespace Thaw.ColdLoad.Density;

/// <summary>
/// Models of one server as the platform keeps them: loaded when a request wants them, and where that is answered with 507, the one
/// that was asked for longest ago makes room.
/// </summary>
internal sealed class LoadedModels(RunningServer server)
{
    // The least recently used comes first.
    private readonly LinkedList<string> _loaded = [];

    /// <summary>What such a server is started with: its cache lies beside the models, and goes with them; lines about each load would fill
    /// the pipe, which nobody reads.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Environment(ModelStore store) =>
        [new("THAW_CACHE_DIR", Path.Combine(store.Folder, "cache")), new("THAW_LOG_LEVEL", "error")];

    public int Loads { get; private set; }

    /// <summary>Loads that were answered with 507.</summary>
    public int Refusals { get; private set; }

    public int Unloads { get; private set; }

    public int Count => _loaded.Count;

    /// <summary>The answer of a model, which is loaded for it unless it is already.</summary>
    /// <returns>The answer, and whether there was a load before it.</returns>
    /// <exception cref="HarnessException">The model was refused although no other one is left, or the server answered with an error.</exception>
    public (string Answer, bool Cold) Ask(string name, string directory)
    {
        bool cold = !_loaded.Remove(name);
        if (cold) Load(name, directory);
        _loaded.AddLast(name);
        return (Question.Ask(server.Port, name), cold);
    }

    public void Load(string name, string directory)
    {
        string body = JsonSerializer.Serialize(new { model_name = name, url = directory });
        while (true)
        {
            (int status, string answer) = HttpProbe.Ask(server.Port, "POST", "/models", body);
            if (status == 200) break;
            if (status != 507) throw new HarnessException($"The load of {name} was answered with {status}: {answer}");
            Refusals++;
            if (_loaded.First is not { Value: var oldest }) throw new HarnessException($"{name} does not fit although nothing else is loaded: {answer}");
            HttpProbe.Send(server.Port, "DELETE", $"/models/{oldest}");
            _loaded.RemoveFirst();
            Unloads++;
        }

        Loads++;
    }
}
