namespace Thaw.Reference;

/// <summary>The reference refused a request, with its own message, or ended over it.</summary>
public sealed class ReferenceException(string message) : Exception(message);
