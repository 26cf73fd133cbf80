using System.Text.Json;
using Thaw.Harness;

namespace Thaw.ColdLoad;

/// <summary><c>POST /models</c>.</summary>
internal static class LoadRequest
{
    public static string Body(string name, string directory) => JsonSerializer.Serialize(new { model_name = name, url = directory });

    /// <summary>Loads a model, on a connection of its own.</summary>
    /// <exception cref="HarnessException">The answer was not a 200.</exception>
    public static void Send(int port, string name, string directory) => HttpProbe.Send(port, "POST", "/models", Body(name, directory));
}
